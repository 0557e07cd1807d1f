# SPDX-License-Identifier: Apache-2.0
"""Asking for a version, well and badly."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live.conftest import PLUGIN_HOST

HEADER = 'OpenStack-API-Version'


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    return boot(host=PLUGIN_HOST)


def test_without_the_version_nova_answers_as_ever(api: Api, guest: Guest) -> None:
    answer = api.request('GET', f'/servers/{guest.id}/diagnostics', compute='2.48')
    assert answer.headers[HEADER] == 'compute 2.48'
    assert 'nova-ext' not in str(answer.headers)


@pytest.mark.parametrize('asked, given', [
    ('compute 2.48, nova-ext 1.0', 'compute 2.48, nova-ext 1.0'),
    ('nova-ext 1.0,compute 2.90', 'compute 2.90, nova-ext 1.0'),
    ('nova-ext latest', 'compute 2.1, nova-ext 1.1'),
    ('NOVA-EXT 1.0', 'compute 2.1, nova-ext 1.0'),
])
@pytest.mark.parametrize('path', ['/servers/{}/diagnostics', '/servers/{}'])
def test_both_versions_are_in_one_header(
        api: Api, guest: Guest, asked: str, given: str, path: str) -> None:
    answer = api.request('GET', path.format(guest.id), compute=None, headers={HEADER: asked})
    assert answer.status_code == 200
    assert answer.headers[HEADER] == given
    assert HEADER in answer.headers['Vary']


@pytest.mark.parametrize('asked, status', [
    ('nova-ext 1.99', 406), ('nova-ext 2.0', 406), ('nova-ext 0.9', 406),
    ('nova-ext one', 400), ('nova-ext', 400), ('nova-ext 1', 400), ('nova-ext 1.0.0', 400),
    ('compute 2.90, nova-ext 1.x', 400),
])
def test_a_version_that_will_not_do_is_refused_with_the_range(
        api: Api, guest: Guest, asked: str, status: int) -> None:
    answer = api.request(
        'GET', f'/servers/{guest.id}/diagnostics', compute=None, headers={HEADER: asked})
    assert answer.status_code == status
    [fault] = answer.json().values()
    assert '1.1' in fault['message']
    assert answer.headers['Vary'] == HEADER


def test_an_unknown_query_parameter_is_refused(api: Api, guest: Guest) -> None:
    answer = api.request(
        'GET', f'/servers/{guest.id}/diagnostics?verbose=1', nova_ext='1.0')
    assert answer.status_code == 400
    assert "'verbose'" in answer.json()['badRequest']['message']


def test_the_discovery_document(api: Api) -> None:
    found = Api('reader').get('/nova-ext', nova_ext='latest')
    assert found['version']['min_version'] == '1.0'
    assert {'method': 'GET', 'path': '/servers/{server_id}/diagnostics'} in found['operations']
    assert api.request('GET', '/nova-ext').status_code == 404  # without the version: stock Nova


_header_text = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xff, exclude_characters='\x7f'))
_version_like = st.builds(
    '{}{}{}{}'.format, st.sampled_from(['nova-ext', 'NOVA-EXT ', 'compute 2.1,nova-ext', ',']),
    st.sampled_from([' ', '  ', '\t', '']), _header_text, st.sampled_from(['', ',', ', compute']))
_query = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7e, exclude_characters='#'))


@settings(max_examples=200, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.one_of(_version_like, _header_text), query=_query,
       ours=st.booleans(), path=st.sampled_from(['/servers/{}/diagnostics', '/nova-ext']))
def test_no_header_and_no_query_makes_the_service_fail(
        api: Api, guest: Guest, header: str, query: str, ours: bool, path: str) -> None:
    sent = 'compute 2.90, nova-ext 1.0' if ours else header.strip()
    answer = api.request(
        'GET', f'{path.format(guest.id)}?{query}', compute=None,
        headers={HEADER: sent.encode('latin-1')})
    assert answer.status_code < 500, answer.text
