# SPDX-License-Identifier: Apache-2.0
"""Negotiation of the nova-ext version in requests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live.conftest import PLUGIN_HOST

HEADER = 'OpenStack-API-Version'

#: What the API serves last; the first is 1.0.
NEWEST = '1.2'


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    return boot(host=PLUGIN_HOST)


@pytest.mark.slow
def test_response_without_a_nova_ext_version_is_that_of_nova(api: Api, guest: Guest) -> None:
    response = api.request('GET', f'/servers/{guest.id}/diagnostics', compute='2.48')
    assert response.headers[HEADER] == 'compute 2.48'
    assert 'nova-ext' not in str(response.headers)


@pytest.mark.parametrize('requested, returned', [
    ('compute 2.48, nova-ext 1.0', 'compute 2.48, nova-ext 1.0'),
    ('nova-ext 1.0,compute 2.90', 'compute 2.90, nova-ext 1.0'),
    ('nova-ext latest', f'compute 2.1, nova-ext {NEWEST}'),
    ('NOVA-EXT 1.0', 'compute 2.1, nova-ext 1.0'),
])
@pytest.mark.parametrize('path', ['/servers/{}/diagnostics', '/servers/{}'])
def test_compute_and_nova_ext_versions_share_one_header(
        api: Api, guest: Guest, requested: str, returned: str, path: str) -> None:
    response = api.request('GET', path.format(guest.id), compute=None, headers={HEADER: requested})
    assert response.status_code == 200
    assert response.headers[HEADER] == returned
    assert HEADER in response.headers['Vary']


@pytest.mark.parametrize('requested, status', [
    ('nova-ext 1.99', 406), ('nova-ext 2.0', 406), ('nova-ext 0.9', 406),
    ('nova-ext one', 400), ('nova-ext', 400), ('nova-ext 1', 400), ('nova-ext 1.0.0', 400),
    ('compute 2.90, nova-ext 1.x', 400),
])
def test_invalid_version_is_refused_with_the_range_of_versions(
        api: Api, guest: Guest, requested: str, status: int) -> None:
    response = api.request(
        'GET', f'/servers/{guest.id}/diagnostics', compute=None, headers={HEADER: requested})
    assert response.status_code == status
    [fault] = response.json().values()
    assert NEWEST in fault['message']
    assert response.headers['Vary'] == HEADER


def test_unknown_query_parameter_is_refused(api: Api, guest: Guest) -> None:
    response = api.request(
        'GET', f'/servers/{guest.id}/diagnostics?verbose=1', nova_ext='1.0')
    assert response.status_code == 400
    assert "'verbose'" in response.json()['badRequest']['message']


def test_version_discovery_is_open_to_readers_and_unknown_without_a_version(api: Api) -> None:
    found = Api('reader').get('/nova-ext', nova_ext='latest')
    assert found['version']['min_version'] == '1.0'
    assert {'method': 'GET', 'path': '/servers/{server_id}/diagnostics'} in found['operations']
    # Without the nova-ext version it is a request to Nova, which has no such path.
    assert api.request('GET', '/nova-ext').status_code == 404


_header_text = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xff, exclude_characters='\x7f'))
_version_like = st.builds(
    '{}{}{}{}'.format, st.sampled_from(['nova-ext', 'NOVA-EXT ', 'compute 2.1,nova-ext', ',']),
    st.sampled_from([' ', '  ', '\t', '']), _header_text, st.sampled_from(['', ',', ', compute']))
_query = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7e, exclude_characters='#'))


@settings(max_examples=60, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.one_of(_version_like, _header_text), query=_query,
       valid_header=st.booleans(), path=st.sampled_from(['/servers/{}/diagnostics', '/nova-ext']))
def test_no_header_or_query_string_causes_a_server_error(
        api: Api, guest: Guest, header: str, query: str, valid_header: bool, path: str) -> None:
    sent = 'compute 2.90, nova-ext 1.0' if valid_header else header.strip()
    response = api.request(
        'GET', f'{path.format(guest.id)}?{query}', compute=None,
        headers={HEADER: sent.encode('latin-1')})
    assert response.status_code < 500, response.text
