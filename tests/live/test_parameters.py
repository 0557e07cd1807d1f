# SPDX-License-Identifier: Apache-2.0
"""Whatever a parameter of version 1.2 says, the answer is a result or one clear sentence."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable

import pytest
import requests
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live.conftest import PLUGIN_HOST

pytestmark = pytest.mark.slow

#: What is asked, and which parameters it knows.
PARAMETERS = {
    '/servers/{server}/console-log': ('start', 'limit', 'port'),
    '/os-hypervisors/{hypervisor}/diagnostics': ('limit', 'marker'),
    '/nova-ext/diagnostics': ('host', 'project_id', 'host_status', 'limit', 'marker'),
    '/os-hypervisors': ('host', 'aggregate', 'availability_zone', 'limit', 'marker'),
    '/os-hypervisors/detail': ('host', 'aggregate', 'availability_zone', 'limit', 'marker'),
    '/servers/detail': ('host_status', 'limit', 'marker'),
}

_VALUES = st.one_of(
    st.text(st.characters(exclude_categories=['Cs']), max_size=300),
    st.integers().map(str), st.uuids().map(str),
    st.sampled_from(['0', '-1', '1', '2147483648', str(2 ** 63), str(-2 ** 63 - 1), '1e3', '+1',
                     ' 1', '1_0', '\u0661', "'", '%', '\\', '\x00', 'UP', 'stack1', '..']))
_PARAMETERS = st.sampled_from(sorted(PARAMETERS)).flatmap(lambda path: st.tuples(
    st.just(path), st.lists(st.tuples(
        st.sampled_from(PARAMETERS[path]) | st.text(st.characters(
            exclude_categories=['Cs']), max_size=8), _VALUES), min_size=1, max_size=4)))

_ACCEPT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7e), max_size=60) | st.lists(
    st.sampled_from(['application/openmetrics-text', 'application/json', 'text/plain', '*/*',
                     ';version=1.0.0', ';version=2', ';q=0', ';q=2', ';', ',', '"']),
    max_size=6).map(''.join)

_IDS = st.text(st.characters(
    exclude_categories=['Cs', 'Cc'], exclude_characters='/?#'), min_size=1, max_size=80)

fuzz = settings(max_examples=200, deadline=None, derandomize=True,
                suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope='module')
def ids(api: Api, boot: Callable[..., Guest]) -> dict[str, str]:
    """A server, and the hypervisor of its host."""
    guest = boot(host=PLUGIN_HOST)
    [found] = api.get(f'/os-hypervisors?hypervisor_hostname_pattern={guest.host.name}')[
        'hypervisors']
    return {'server': guest.id, 'hypervisor': str(found['id'])}


def check(response: requests.Response, *refusals: int) -> None:
    """Check that it is a result or a refusal with a sentence."""
    if response.status_code == 200:
        return
    assert response.status_code in refusals, (response.url, response.text)
    [error] = response.json().values()
    assert error['message'].strip(), response.url


@fuzz
@given(question=_PARAMETERS)
def test_no_parameter_causes_a_server_error(
        api: Api, ids: dict[str, str], question: tuple[str, list[tuple[str, str]]]) -> None:
    path, query = question
    check(api.request('GET', f'{path.format(**ids)}?{urllib.parse.urlencode(query)}',
                      nova_ext='1.2'), 400)


@fuzz
@given(accept=_ACCEPT, path=st.sampled_from([
    '/os-hypervisors/{hypervisor}/diagnostics', '/nova-ext/diagnostics']))
def test_no_accept_header_causes_a_server_error(
        api: Api, ids: dict[str, str], accept: str, path: str) -> None:
    headers = {'Accept': accept.strip()}
    try:
        api.request('GET', '/flavors', headers=headers)
    except requests.ConnectionError:
        assume(False)  # Nova's own URL map, which comes first, fails with such a header
    check(api.request('GET', path.format(**ids), nova_ext='1.2', headers=headers), 400, 406)


@fuzz
@given(found=_IDS, path=st.sampled_from([
    '/servers/{}/console-log', '/os-hypervisors/{}/diagnostics', '/servers/{}/diagnostics']))
def test_no_id_causes_a_server_error(api: Api, found: str, path: str) -> None:
    response = api.request('GET', path.format(urllib.parse.quote(found)), nova_ext='1.2')
    # What cannot be an id is no path of nova-ext's: Nova says so, in a format of its own.
    assert response.status_code in (400, 404), response.text
