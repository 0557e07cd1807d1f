# SPDX-License-Identifier: Apache-2.0
"""``host_status`` and ``host_maintenance`` of servers."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import ddt
from nova import objects

from nova_ext.hosts.status import HostStatus
from tests.fixtures import nova_cloud, nova_records
from tests.unit.api.functional import base

VERSION_1_0 = 'compute 2.1, nova-ext 1.0'
VERSION_1_1 = 'compute 2.1, nova-ext 1.1'

LIST = '/servers/detail?all_tenants=1'


def expected_status(
        forced_down: bool, disabled: bool, silent: bool, announced: bool) -> tuple[str, str]:
    """Return what the specification says for nova-ext 1.0 and 1.1."""
    if forced_down:
        return 'DOWN', 'DOWN'
    if disabled:
        return 'MAINTENANCE', 'MAINTENANCE'
    if silent:
        return 'UNKNOWN', 'UNKNOWN'
    return 'UP', 'NEEDS_MAINTENANCE' if announced else 'UP'


def servers_in_every_state(cloud: nova_cloud.NovaCloud) -> dict[str, tuple[str, str]]:
    """Add hosts in every state, and return the status of a server on each."""
    expected = {}
    for flags in itertools.product([False, True], repeat=4):
        forced_down, disabled, silent, announced = flags
        host = f'host-{"".join(str(int(flag)) for flag in flags)}'
        cloud.add_host(host, forced_down=forced_down, disabled=disabled, silent=silent)
        if announced:
            cloud.announce('true', host)
        expected[cloud.add_server(host)] = expected_status(*flags)
    for announced in (False, True):
        host = f'recordless-{announced}'
        cloud.map_host(host)
        if announced:
            cloud.announce('true', host)
        expected[cloud.add_server(host)] = 'UNKNOWN', 'UNKNOWN'
    return expected


def servers_on_some_hosts(cloud: nova_cloud.NovaCloud) -> str:
    """Add a server on a host that is up, one on a host that is down and one on no host."""
    cloud.add_host('up')
    cloud.add_host('down', forced_down=True)
    server = cloud.add_server('up')
    cloud.add_server('down')
    cloud.add_server(None)
    return server


@ddt.ddt
class TestHostStatus(base.ServersTestCase):
    @ddt.data((VERSION_1_0, 0), (VERSION_1_1, 1))
    @ddt.unpack
    def test_status_depends_on_service_record_and_announcement(
            self, version: str, place: int) -> None:
        expected = {server: statuses[place] for server, statuses in
                    self.cloud.fill(servers_in_every_state).items()}
        self.assertEqual(expected, {
            server['id']: server['host_status'] for server in self.list_servers(LIST, version)})
        self.assertEqual(expected, {
            server: self.get_json(f'/servers/{server}', version)['server']['host_status']
            for server in expected})

    def test_status_in_first_version_is_as_in_nova(self) -> None:
        expected = {server: statuses[0] for server, statuses in
                    self.cloud.fill(servers_in_every_state).items()}
        servers = self.get_json(LIST, 'compute 2.16', app=self.nova_app)['servers']
        # Of a host without service record Nova has no status.
        self.assertEqual(expected, {
            server['id']: server['host_status'] or 'UNKNOWN' for server in servers})

    @ddt.data('2.1', '2.16', '2.69', 'latest')
    def test_everything_but_host_status_is_as_in_nova(self, compute: str) -> None:
        server = self.cloud.fill(servers_on_some_hosts)
        for path in ('/servers', '/servers?limit=1', LIST,
                     f'{LIST}&limit=2&sort_key=display_name', '/servers/xyz',
                     '/servers/detail?limit=x', '/servers/detail?status=NONSENSE',
                     f'/servers/{server}', f'/servers/detail?marker={server}',
                     '/servers?marker=x', f'/{"b" * 32}{LIST}'):
            expected = self.get_from_nova(path, f'compute {compute}')
            for version in ('1.0', '1.1'):
                found = self.get(path, f'compute {compute}, nova-ext {version}')
                self.assertEqual(expected.status, found.status)
                self.assertEqual(
                    self.without_fields(expected.json_body), self.without_fields(found.json_body))

    def without_fields(self, body: dict[str, Any]) -> dict[str, Any]:
        """Remove nova-ext's fields from the servers in the body of a response."""
        for server in [*body.get('servers', ()), body.get('server', {})]:
            for field in self.FIELDS:
                server.pop(field, None)
        return body

    @ddt.data(None, '')
    def test_server_without_host_has_empty_status(self, host: str | None) -> None:
        server = self.show_server(self.cloud.add_server(host), VERSION_1_1)
        self.assertEqual('', server['host_status'])
        self.assertIsNone(server['host_maintenance'])

    def test_unscheduled_server_has_empty_status(self) -> None:
        self.cloud.add_build_request('11111111-1111-4111-8111-111111111111')
        server = self.show_server('11111111-1111-4111-8111-111111111111', VERSION_1_1)
        self.assertEqual('BUILD', server['status'])
        self.assertEqual('', server['host_status'])

    def test_maintenance_window_is_shown_from_nova_ext_1_1_on(self) -> None:
        hosts = ('announced', 'disabled', 'other')
        for host in hosts:
            self.cloud.add_host(host, disabled=host == 'disabled')
        self.cloud.announce('2099-12-01T02:00Z/2099-12-01T06:00Z', 'announced', 'disabled')
        servers = {self.cloud.add_server(host): host for host in hosts}
        window = {'start': '2099-12-01T02:00:00Z', 'end': '2099-12-01T06:00:00Z'}
        self.assertEqual(
            {'announced': window, 'disabled': window, 'other': None},
            {servers[uuid]: server['host_maintenance']
             for uuid, server in self.show_servers(servers, VERSION_1_1).items()})
        for server in self.show_servers(servers, VERSION_1_0).values():
            self.assertNotIn('host_maintenance', server)

    def test_past_or_withdrawn_announcement_has_no_effect(self) -> None:
        self.cloud.add_host('host')
        self.cloud.announce('2020-12-01T02:00Z/2020-12-01T06:00Z', 'host')
        self.cloud.announce('false', 'host')
        server = self.show_server(self.cloud.add_server('host'), VERSION_1_1)
        self.assertEqual('UP', server['host_status'])
        self.assertIsNone(server['host_maintenance'])

    def test_change_of_service_record_shows_in_next_response(self) -> None:
        self.cloud.add_host('host')
        server = self.cloud.add_server('host')
        for values, expected in (
                ({}, 'UP'),
                ({'last_seen_up': datetime.datetime.now() - nova_records.LONG_AGO}, 'UNKNOWN'),
                ({'disabled': True}, 'MAINTENANCE'), ({'forced_down': True}, 'DOWN'),
                ({'disabled': False}, 'DOWN'), ({'forced_down': False}, 'UNKNOWN')):
            if values:
                self.cloud.update_host('host', **values)
            self.assertEqual(expected, self.show_server(server, VERSION_1_1)['host_status'])

    @ddt.data('2.1', '2.16', '2.90')
    def test_strict_response_validation_accepts_every_status(self, compute: str) -> None:
        if 'response_validation' not in self.conf.api:
            self.skipTest('This Nova does not validate its responses.')
        self.conf.set_override('response_validation', 'error', 'api')
        self.cloud.add_host('host')
        self.cloud.announce('true', 'host')
        server = self.show_server(
            self.cloud.add_server('host'), f'compute {compute}, nova-ext 1.1')
        self.assertEqual('NEEDS_MAINTENANCE', server['host_status'])

    def test_nova_defines_every_status_but_needs_maintenance(self) -> None:
        self.assertEqual(
            {status.value for status in HostStatus} - {'NEEDS_MAINTENANCE'} | {''},
            set(objects.fields.HostStatus.ALL))
