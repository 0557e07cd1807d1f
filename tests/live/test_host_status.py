# SPDX-License-Identifier: Apache-2.0
"""The status of a host in each of its states, as admin, reader and member.

The reader is allowed to see it by an overridden policy rule. A host whose nova-compute does not
report is in test_silent_host.py.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import host_operations, host_views, nova_api
from tests.live.host_views import HostView, ObservedServer

pytestmark = pytest.mark.usefixtures('readers_see_host_status')

REASON = 'its fan is loud'


def _in_hours(hours: int) -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(hours=hours)).strftime('%Y-%m-%dT%H:%M:%SZ')


def _window(start: str | None, end: str | None) -> host_views.Window:
    return {'start': start, 'end': end}


@pytest.mark.essential
def test_up_host(
        api: Api, reader_api: Api, member_api: Api, observed_server: ObservedServer) -> None:
    host_views.check_all_views(api, reader_api, member_api, observed_server, HostView('UP'))


@pytest.mark.essential
def test_disabled_host(
        api: Api, reader_api: Api, member_api: Api, observed_server: ObservedServer) -> None:
    with host_operations.disabled(api, observed_server.host, REASON):
        host_views.check_all_views(api, reader_api, member_api, observed_server, HostView(
            'MAINTENANCE', status='disabled', reason=REASON))


@pytest.mark.essential
def test_forced_down_host(
        api: Api, reader_api: Api, member_api: Api, observed_server: ObservedServer) -> None:
    with host_operations.forced_down(api, observed_server.host):
        host_views.check_all_views(api, reader_api, member_api, observed_server, HostView(
            'DOWN', state='down', forced_down=True))


@pytest.mark.slow
def test_down_has_precedence_over_maintenance(
        api: Api, reader_api: Api, member_api: Api, observed_server: ObservedServer) -> None:
    with host_operations.disabled(api, observed_server.host), \
            host_operations.forced_down(api, observed_server.host):
        host_views.check_all_views(api, reader_api, member_api, observed_server, HostView(
            'DOWN', state='down', status='disabled', forced_down=True))


def test_announced_maintenance_window_that_is_open(
        api: Api, reader_api: Api, member_api: Api, observed_server: ObservedServer) -> None:
    start, end = _in_hours(-1), _in_hours(1)
    with host_operations.maintenance_announced(api, observed_server.host, f'{start}/{end}'):
        host_views.check_all_views(api, reader_api, member_api, observed_server, HostView(
            'NEEDS_MAINTENANCE', maintenance=_window(start, end)))


@pytest.mark.slow
def test_announced_maintenance_in_the_future_without_end(
        api: Api, reader_api: Api, member_api: Api, observed_server: ObservedServer) -> None:
    start = _in_hours(5)
    with host_operations.maintenance_announced(api, observed_server.host, start):
        host_views.check_all_views(api, reader_api, member_api, observed_server, HostView(
            'NEEDS_MAINTENANCE', maintenance=_window(start, None)))


@pytest.mark.slow
def test_announced_maintenance_without_times(
        api: Api, reader_api: Api, member_api: Api, observed_server: ObservedServer) -> None:
    with host_operations.maintenance_announced(api, observed_server.host, 'true'):
        host_views.check_all_views(api, reader_api, member_api, observed_server, HostView(
            'NEEDS_MAINTENANCE', maintenance=_window(None, None)))


@pytest.mark.slow
def test_maintenance_window_in_the_past_is_not_shown(
        api: Api, reader_api: Api, member_api: Api, observed_server: ObservedServer) -> None:
    window = f'{_in_hours(-5)}/{_in_hours(-1)}'
    with host_operations.maintenance_announced(api, observed_server.host, window):
        host_views.check_all_views(api, reader_api, member_api, observed_server, HostView('UP'))


@pytest.mark.slow
def test_disabled_host_with_announced_maintenance(
        api: Api, reader_api: Api, member_api: Api, observed_server: ObservedServer) -> None:
    start = _in_hours(-1)
    with host_operations.maintenance_announced(api, observed_server.host, f'{start}/..'), \
            host_operations.disabled(api, observed_server.host, REASON):
        host_views.check_all_views(api, reader_api, member_api, observed_server, HostView(
            'MAINTENANCE', status='disabled', reason=REASON, maintenance=_window(start, None)))


@pytest.mark.slow
def test_earliest_of_two_maintenance_windows_is_shown(
        api: Api, observed_server: ObservedServer) -> None:
    soon, later = _in_hours(1), _in_hours(3)
    with host_operations.maintenance_announced(api, observed_server.host, f'{later}/'), \
            host_operations.maintenance_announced(api, observed_server.host, f'{soon}/{later}'):
        host_views.check_servers(api, observed_server, HostView(
            'NEEDS_MAINTENANCE', maintenance=_window(soon, later)), ('2.90',))


@pytest.mark.slow
@pytest.mark.parametrize('change, expected', [
    (host_operations.disabled, ('MAINTENANCE', 'disabled', False)),
    (host_operations.forced_down, ('DOWN', 'enabled', True))])
def test_service_change_is_shown_in_the_next_response(
        api: Api, observed_server: ObservedServer,
        change: Callable[[Api, str], AbstractContextManager[None]],
        expected: tuple[str, str, bool]) -> None:
    def shown() -> tuple[str, str, bool]:
        [server] = observed_server.list_by_name(api, 'detail', nova_ext='1.1')
        [hypervisor] = [
            found for found in api.get('/os-hypervisors', nova_ext='1.1')['hypervisors']
            if found['hypervisor_hostname'] == observed_server.host]
        return server['host_status'], hypervisor['status'], hypervisor['forced_down']

    for _ in range(3):
        with change(api, observed_server.host):
            assert shown() == expected
        assert shown() == ('UP', 'enabled', False)


@pytest.mark.slow
def test_announcement_change_is_shown_in_the_next_response(
        api: Api, observed_server: ObservedServer) -> None:
    for _ in range(3):
        with host_operations.maintenance_announced(api, observed_server.host, 'yes'):
            host_views.check_filter(api, observed_server, HostView('NEEDS_MAINTENANCE'))
        host_views.check_filter(api, observed_server, HostView('UP'))


def test_reader_sees_no_status_by_default(
        reader_api: Api, observed_server: ObservedServer) -> None:
    with nova_api.policy_overridden({}):
        for nova_ext in ('1.0', '1.1'):
            for server in observed_server.representations(reader_api, ('2.1', '2.90'), nova_ext):
                assert not {'host_status', 'host_maintenance'} & server.keys()
        refused = reader_api.request('GET', '/servers?host_status=UP', nova_ext='1.1')
        assert refused.status_code == 403


@pytest.mark.slow
def test_server_without_a_host_has_an_empty_status(api: Api) -> None:
    # No host has room for a server of this flavor.
    api.call('POST', '/flavors', {'flavor': {
        'name': 'vast', 'id': 'vast', 'ram': 4000000, 'vcpus': 1, 'disk': 0}})
    try:
        guest = Guest.boot(api, flavor='vast', name='nowhere', wait=False)
        try:
            guest.wait_status('ERROR')
            unscheduled = ObservedServer(host='', id=guest.id, name='nowhere')
            for server in unscheduled.representations(api, host_views.MICROVERSIONS, '1.1'):
                assert server['host_status'] == ''
                assert server['host_maintenance'] is None
            all_statuses = ''.join(f'&host_status={status}' for status in host_views.STATUSES)
            assert not unscheduled.list_by_name(api, query=all_statuses, nova_ext='1.1')
        finally:
            guest.delete()
    finally:
        api.call('DELETE', '/flavors/vast')
