# SPDX-License-Identifier: Apache-2.0
"""The query parameter ``host_status``, alone and together with those of Nova."""

from __future__ import annotations

import dataclasses
import urllib.parse
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import settings
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import host_operations
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST

DOWN_HOST, UP_HOST = f'stack{OTHER_PLUGIN_HOST}', f'stack{PLUGIN_HOST}'


@dataclasses.dataclass(frozen=True)
class Servers:
    """Servers c, a and d on a host that is forced down, and b on a host that is up."""

    api: Api
    prefix: str

    def list(self, query: str, form: str = '') -> dict[str, Any]:
        """Return the response for a list of these servers at nova-ext 1.1."""
        return dict(self.api.get(
            f'/servers{form}?name={self.prefix}&{query}', nova_ext='1.1'))

    def names(self, query: str, form: str = '') -> str:
        """Return the last letters of the names in a list, in its order."""
        return self.names_in(self.list(query, form))

    @staticmethod
    def names_in(response: dict[str, Any]) -> str:
        """Return the last letters of the names in a response, in its order."""
        return ''.join(server['name'][-1] for server in response['servers'])

    def pages(self, query: str, form: str) -> Iterator[str]:
        """Yield the names on each page, following the links from page to page."""
        response = self.list(query, form)
        while True:
            yield self.names_in(response)
            links = response.get('servers_links', [])
            if not links:
                return
            [link] = links
            assert link['rel'] == 'next'
            requested = urllib.parse.parse_qs(query)
            linked = urllib.parse.parse_qs(urllib.parse.urlsplit(link['href']).query)
            assert {name: linked[name] for name in requested} == requested
            assert linked['name'] == [self.prefix]
            path = link['href'].removeprefix(settings.ENDPOINTS['nova'])
            response = self.api.get(path, nova_ext='1.1')


@pytest.fixture(scope='module')
def servers(api: Api) -> Iterator[Servers]:
    prefix = f'filter-{uuid.uuid4().hex[:8]}-'
    guests: list[Guest] = []
    try:
        for letter, host in (('c', OTHER_PLUGIN_HOST), ('a', OTHER_PLUGIN_HOST),
                             ('b', PLUGIN_HOST), ('d', OTHER_PLUGIN_HOST)):
            guests.append(Guest.boot(api, host=host, name=prefix + letter, wait=False))
        for guest in guests:
            guest.wait_status('ACTIVE')
        with host_operations.forced_down(api, DOWN_HOST):
            yield Servers(api, prefix)
    finally:
        for guest in guests:
            guest.delete()


FORMS = pytest.mark.parametrize('form', ['', '/detail'])


@FORMS
def test_only_servers_on_hosts_with_the_status_are_listed(servers: Servers, form: str) -> None:
    by_name = 'sort_key=display_name&sort_dir=asc'
    assert servers.names(by_name, form) == 'abcd'
    assert servers.names(f'{by_name}&host_status=DOWN', form) == 'acd'
    assert servers.names(f'{by_name}&host_status=UP', form) == 'b'
    assert servers.names(f'{by_name}&host_status=UP&host_status=DOWN', form) == 'abcd'
    assert servers.names(f'{by_name}&host_status=UNKNOWN&host_status=MAINTENANCE', form) == ''


@FORMS
@pytest.mark.parametrize('order, names', [
    ('sort_key=display_name&sort_dir=asc', ['a', 'c', 'd']),
    ('sort_key=display_name&sort_dir=desc', ['d', 'c', 'a'])])
def test_filtered_list_is_paged_and_sorted(
        servers: Servers, form: str, order: str, names: list[str]) -> None:
    pages = list(servers.pages(f'{order}&limit=1&host_status=DOWN', form))
    assert pages in (names, [*names, ''])  # Nova links to a next page after every full page


@pytest.mark.slow
@FORMS
def test_links_keep_all_values_of_the_filter(servers: Servers, form: str) -> None:
    pages = list(servers.pages(
        'sort_key=display_name&sort_dir=asc&limit=2&host_status=DOWN&host_status=UP', form))
    assert [page for page in pages if page] == ['ab', 'cd']


@pytest.mark.slow
@FORMS
def test_default_order_is_that_of_nova(servers: Servers, form: str) -> None:
    assert set(servers.names('host_status=DOWN&limit=2', form)) <= set('acd')
    pages = ''.join(servers.pages('host_status=DOWN&limit=1', form))
    unlimited = servers.names('', form)
    assert pages == ''.join(name for name in unlimited if name != 'b')


@pytest.mark.slow
@FORMS
def test_filtered_list_continues_after_a_marker(servers: Servers, form: str) -> None:
    order = 'sort_key=display_name&sort_dir=asc&host_status=DOWN'
    first = servers.list(f'{order}&limit=1', form)['servers'][0]
    assert servers.names(f'{order}&marker={first["id"]}', form) == 'cd'


@pytest.mark.slow
@FORMS
@pytest.mark.parametrize('query, names', [
    (f'host={DOWN_HOST}&host_status=DOWN', 'acd'),
    (f'host={UP_HOST}&host_status=DOWN', ''),
    (f'host={UP_HOST}&host_status=DOWN&host_status=UP', 'b'),
    ('status=ACTIVE&host_status=DOWN', 'acd'),
    ('status=SHUTOFF&host_status=DOWN', ''),
    ('all_tenants=1&host_status=DOWN', 'acd'),
    ('all_tenants=1&host_status=UP', 'b'),
    ('flavor=tiny&host_status=UP', 'b'),
])
def test_filter_is_combined_with_filters_of_nova(
        servers: Servers, form: str, query: str, names: str) -> None:
    found = servers.names(f'sort_key=display_name&sort_dir=asc&{query}', form)
    assert found == names


@pytest.mark.slow
def test_name_filter_is_still_a_pattern(servers: Servers) -> None:
    found = servers.api.get(
        f'/servers?name=^{servers.prefix}[ab]&host_status=DOWN', nova_ext='1.1')
    assert servers.names_in(found) == 'a'


@pytest.mark.slow
@FORMS
def test_unknown_status_is_refused_with_the_list_of_statuses(api: Api, form: str) -> None:
    refused = api.request('GET', f'/servers{form}?host_status=ILL', nova_ext='1.1')
    assert refused.status_code == 400
    assert refused.json()['badRequest']['message'] == (
        "Invalid query parameter host_status: 'ILL' is not one of "
        "['UP', 'DOWN', 'UNKNOWN', 'MAINTENANCE', 'NEEDS_MAINTENANCE'].")


@pytest.mark.slow
@FORMS
def test_version_1_0_refuses_the_filter_and_names_version_1_1(api: Api, form: str) -> None:
    refused = api.request('GET', f'/servers{form}?host_status=UP', nova_ext='1.0')
    assert refused.status_code == 400
    assert refused.json()['badRequest']['message'] == (
        "The query parameter 'host_status' needs nova-ext 1.1; the request is for 1.0.")


@pytest.mark.slow
@FORMS
@pytest.mark.parametrize('persona', ['member', 'reader'])
def test_filter_is_refused_without_permission_to_see_the_status(persona: str, form: str) -> None:
    refused = Api(persona).request('GET', f'/servers{form}?host_status=UP', nova_ext='1.1')
    assert refused.status_code == 403
    assert refused.json()['forbidden']['message'] == (
        "Policy doesn't allow os_compute_api:servers:show:host_status to be performed.")


@FORMS
def test_without_a_nova_ext_version_the_filter_is_ignored_as_in_nova(
        servers: Servers, form: str) -> None:
    found = servers.api.get(f'/servers{form}?name={servers.prefix}&host_status=DOWN',
                            compute='2.1')
    assert sorted(servers.names_in(found)) == list('abcd')
