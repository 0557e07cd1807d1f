# SPDX-License-Identifier: Apache-2.0
"""The status of a host whose nova-compute has crashed and does not report."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.client.api import Api
from tests.live import host_operations, host_views, nova_api
from tests.live.conftest import STOCK_HOST
from tests.live.host_views import HostView, ObservedServer

pytestmark = pytest.mark.usefixtures('silent')

#: Members may see UNKNOWN and no other status.
UNKNOWN_ONLY = {
    'os_compute_api:servers:show:host_status:unknown-only': 'rule:admin_api or role:member'}


@pytest.fixture(scope='module')
def silent(api: Api, stock_host_server: ObservedServer) -> Iterator[None]:
    with host_operations.compute_crashed(api, STOCK_HOST):
        yield


def _statuses(api: Api, server: ObservedServer) -> set[object]:
    """Return every ``host_status`` in representations of the server; None: without the field."""
    return {shown.get('host_status') for nova_ext in ('1.0', '1.1')
            for shown in server.representations(api, ('2.1', '2.90'), nova_ext)}


@pytest.mark.usefixtures('readers_see_host_status')
def test_silent_host_is_unknown(
        api: Api, reader_api: Api, member_api: Api, stock_host_server: ObservedServer) -> None:
    host_views.check_all_views(
        api, reader_api, member_api, stock_host_server,
        HostView('UNKNOWN', state='down', silent=True))


@pytest.mark.slow
@pytest.mark.usefixtures('readers_see_host_status')
def test_silent_host_that_is_disabled_is_in_maintenance(
        api: Api, reader_api: Api, member_api: Api, stock_host_server: ObservedServer) -> None:
    with host_operations.disabled(api, stock_host_server.host, 'until it is repaired'):
        host_views.check_all_views(api, reader_api, member_api, stock_host_server, HostView(
            'MAINTENANCE', state='down', status='disabled', reason='until it is repaired',
            silent=True))


@pytest.mark.slow
@pytest.mark.usefixtures('readers_see_host_status')
def test_silent_host_that_is_forced_down_is_down(
        api: Api, reader_api: Api, member_api: Api, stock_host_server: ObservedServer) -> None:
    with host_operations.forced_down(api, stock_host_server.host):
        host_views.check_all_views(api, reader_api, member_api, stock_host_server, HostView(
            'DOWN', state='down', forced_down=True, silent=True))


@pytest.mark.slow
def test_silent_host_with_announced_maintenance_is_unknown(
        api: Api, stock_host_server: ObservedServer) -> None:
    with host_operations.maintenance_announced(api, stock_host_server.host, 'true'):
        host_views.check_servers(api, stock_host_server, HostView(
            'UNKNOWN', maintenance={'start': None, 'end': None}), ('2.90',))


@pytest.mark.slow
def test_forcing_down_does_not_change_last_seen_up(
        api: Api, stock_host_server: ObservedServer) -> None:
    def last_seen_up() -> str:
        [found] = api.get(
            f'/os-hypervisors?hypervisor_hostname_pattern={stock_host_server.host}',
            nova_ext='1.1')['hypervisors']
        return str(found['last_seen_up'])

    before = last_seen_up()
    with host_operations.forced_down(api, stock_host_server.host):
        assert last_seen_up() == before


@pytest.mark.slow
def test_unknown_only_rule_shows_only_unknown(
        api: Api, member_api: Api, stock_host_server: ObservedServer) -> None:
    assert _statuses(member_api, stock_host_server) == {None}
    with nova_api.policy_overridden(UNKNOWN_ONLY):
        assert _statuses(member_api, stock_host_server) == {'UNKNOWN'}
        for server in stock_host_server.representations(member_api, ('2.90',), '1.1'):
            assert 'host_maintenance' not in server
        with host_operations.disabled(api, stock_host_server.host):
            assert _statuses(member_api, stock_host_server) == {None}
        with host_operations.forced_down(api, stock_host_server.host):
            assert _statuses(member_api, stock_host_server) == {None}
        assert _statuses(member_api, stock_host_server) == {'UNKNOWN'}


@pytest.mark.slow
def test_unknown_only_rule_allows_only_the_filter_by_unknown(
        member_api: Api, stock_host_server: ObservedServer) -> None:
    with nova_api.policy_overridden(UNKNOWN_ONLY):
        for form in ('', 'detail'):
            [found] = stock_host_server.list_by_name(
                member_api, form, '&host_status=UNKNOWN', nova_ext='1.1')
            assert found['id'] == stock_host_server.id
        for query in ('host_status=UP', 'host_status=UNKNOWN&host_status=DOWN'):
            refused = member_api.request('GET', f'/servers?{query}', nova_ext='1.1')
            assert refused.status_code == 403
