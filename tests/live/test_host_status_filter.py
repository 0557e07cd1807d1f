# SPDX-License-Identifier: Apache-2.0
"""``?host_status=`` with everything else that a list of servers can be asked for."""

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
from tests.live import operating
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST

DOWN_HOST, UP_HOST = f'stack{OTHER_PLUGIN_HOST}', f'stack{PLUGIN_HOST}'


@dataclasses.dataclass(frozen=True)
class Servers:
    """Three servers on a host that is forced down, c, a and d, and one, b, on one that is up."""

    api: Api
    prefix: str

    def listed(self, query: str, form: str = '') -> dict[str, Any]:
        """A list at nova-ext 1.1 with those servers only."""
        return dict(self.api.get(
            f'/servers{form}?name={self.prefix}&{query}', nova_ext='1.1'))

    def names(self, query: str, form: str = '') -> str:
        """The last letters of the names in a list, in its order."""
        return self.of(self.listed(query, form))

    @staticmethod
    def of(answer: dict[str, Any]) -> str:
        """The last letters of the names in an answer, in its order."""
        return ''.join(server['name'][-1] for server in answer['servers'])

    def follow(self, query: str, form: str) -> Iterator[str]:
        """The names on each page and, behind the first, of pages that links lead to."""
        answer = self.listed(query, form)
        while True:
            yield self.of(answer)
            links = answer.get('servers_links', [])
            if not links:
                return
            [link] = links
            assert link['rel'] == 'next'
            asked = urllib.parse.parse_qs(query)
            linked = urllib.parse.parse_qs(urllib.parse.urlsplit(link['href']).query)
            assert {name: linked[name] for name in asked} == asked
            assert linked['name'] == [self.prefix]
            path = link['href'].removeprefix(settings.ENDPOINTS['nova'])
            answer = self.api.get(path, nova_ext='1.1')


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
        with operating.forced_down(api, DOWN_HOST):
            yield Servers(api, prefix)
    finally:
        for guest in guests:
            guest.delete()


FORMS = pytest.mark.parametrize('form', ['', '/detail'])


@FORMS
def test_only_servers_on_such_hosts_are_listed(servers: Servers, form: str) -> None:
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
def test_one_to_a_page_in_any_order(
        servers: Servers, form: str, order: str, names: list[str]) -> None:
    pages = list(servers.follow(f'{order}&limit=1&host_status=DOWN', form))
    assert pages in (names, [*names, ''])  # Nova links to a page behind a full last one


@FORMS
def test_links_keep_every_value(servers: Servers, form: str) -> None:
    pages = list(servers.follow(
        'sort_key=display_name&sort_dir=asc&limit=2&host_status=DOWN&host_status=UP', form))
    assert [page for page in pages if page] == ['ab', 'cd']


@FORMS
def test_newest_first_is_novas_order(servers: Servers, form: str) -> None:
    assert set(servers.names('host_status=DOWN&limit=2', form)) <= set('acd')
    pages = ''.join(servers.follow('host_status=DOWN&limit=1', form))
    unlimited = servers.names('', form)
    assert pages == ''.join(name for name in unlimited if name != 'b')


@FORMS
def test_a_marker_leads_on(servers: Servers, form: str) -> None:
    order = 'sort_key=display_name&sort_dir=asc&host_status=DOWN'
    first = servers.listed(f'{order}&limit=1', form)['servers'][0]
    assert servers.names(f'{order}&marker={first["id"]}', form) == 'cd'


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
def test_other_filters_narrow_further(
        servers: Servers, form: str, query: str, names: str) -> None:
    found = servers.names(f'sort_key=display_name&sort_dir=asc&{query}', form)
    assert found == names


def test_the_name_is_still_a_pattern(servers: Servers) -> None:
    found = servers.api.get(
        f'/servers?name=^{servers.prefix}[ab]&host_status=DOWN', nova_ext='1.1')
    assert servers.of(found) == 'a'


@FORMS
def test_an_unknown_status_is_refused_with_those_that_are_known(api: Api, form: str) -> None:
    refused = api.request('GET', f'/servers{form}?host_status=ILL', nova_ext='1.1')
    assert refused.status_code == 400
    assert refused.json()['badRequest']['message'] == (
        "Invalid query parameter host_status: 'ILL' is not one of "
        "['UP', 'DOWN', 'UNKNOWN', 'MAINTENANCE', 'NEEDS_MAINTENANCE'].")


@FORMS
def test_version_1_0_says_which_version_has_the_filter(api: Api, form: str) -> None:
    refused = api.request('GET', f'/servers{form}?host_status=UP', nova_ext='1.0')
    assert refused.status_code == 400
    assert refused.json()['badRequest']['message'] == (
        "The query parameter 'host_status' needs nova-ext 1.1; the request is for 1.0.")


@FORMS
@pytest.mark.parametrize('persona', ['member', 'reader'])
def test_who_may_not_see_a_status_may_not_filter_by_it(persona: str, form: str) -> None:
    refused = Api(persona).request('GET', f'/servers{form}?host_status=UP', nova_ext='1.1')
    assert refused.status_code == 403
    assert refused.json()['forbidden']['message'] == (
        "Policy doesn't allow os_compute_api:servers:show:host_status to be performed.")


@FORMS
def test_without_the_version_it_is_a_filter_that_nova_ignores(
        servers: Servers, form: str) -> None:
    found = servers.api.get(f'/servers{form}?name={servers.prefix}&host_status=DOWN',
                            compute='2.1')
    assert sorted(servers.of(found)) == list('abcd')
