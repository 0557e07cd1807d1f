# SPDX-License-Identifier: Apache-2.0
"""``host_status_reason`` and ``host_status_since`` of servers."""

from __future__ import annotations

import datetime
import itertools

import ddt

from tests.fixtures import nova_cloud, nova_databases
from tests.unit.api.functional import base

VERSION_1_1 = 'compute 2.1, nova-ext 1.1'
VERSION_1_2 = 'compute 2.1, nova-ext 1.2'

LIST = '/servers/detail?all_tenants=1'

SEEN = datetime.datetime(2026, 11, 21, 9, 30, 5)
SHOWN = '2026-11-21T09:30:05Z'

FIELDS = frozenset({'host_status_reason', 'host_status_since'})


def servers_in_every_state(cloud: nova_cloud.NovaCloud) -> dict[str, tuple[bool, ...]]:
    """Add a server on a host that is forced down, disabled, silent or not, and return which."""
    expected = {}
    for flags in itertools.product([False, True], repeat=3):
        forced_down, disabled, silent = flags
        host = 'host-' + ''.join(str(int(flag)) for flag in flags)
        cloud.add_host(host, forced_down=forced_down, disabled=disabled,
                       disabled_reason='n\xe9w fans' if disabled else None)
        if silent:
            cloud.update_host(host, last_seen_up=SEEN)
        expected[cloud.add_server(host)] = flags
    return expected


@ddt.ddt
class TestReasons(base.ServersTestCase):
    FIELDS = base.ServersTestCase.FIELDS | FIELDS

    def test_reason_is_what_the_service_record_says(self) -> None:
        expected = self.cloud.fill(servers_in_every_state)
        shown = self.show_servers(expected, VERSION_1_2)
        for server, (forced_down, disabled, silent) in expected.items():
            reason = dict(shown[server]['host_status_reason'])
            seen = reason.pop('last_seen_up')
            self.assertEqual({
                'disabled': disabled, 'disabled_reason': 'n\xe9w fans' if disabled else None,
                'forced_down': forced_down, 'silent': silent}, reason)
            self.assertEqual(silent, seen == SHOWN)

    def test_since_is_known_of_silent_hosts_alone(self) -> None:
        expected = self.cloud.fill(servers_in_every_state)
        self.assertEqual(
            {server: SHOWN if flags == (False, False, True) else None
             for server, flags in expected.items()},
            {server: shown['host_status_since']
             for server, shown in self.show_servers(expected, VERSION_1_2).items()})

    def test_host_that_is_dead_and_disabled_is_told_from_one_that_is_only_disabled(self) -> None:
        self.cloud.add_host('alive', disabled=True)
        self.cloud.add_host('dead', disabled=True, silent=True)
        servers = {host: self.cloud.add_server(host) for host in ('alive', 'dead')}
        shown = self.show_servers(servers.values(), VERSION_1_2)
        self.assertEqual(
            {'alive': ('MAINTENANCE', False), 'dead': ('MAINTENANCE', True)},
            {host: (shown[server]['host_status'], shown[server]['host_status_reason']['silent'])
             for host, server in servers.items()})

    def test_host_that_never_reported_has_no_time(self) -> None:
        self.cloud.add_host('new', last_seen_up=None)
        server = self.show_server(self.cloud.add_server('new'), VERSION_1_2)
        self.assertEqual('UNKNOWN', server['host_status'])
        self.assertTrue(server['host_status_reason']['silent'])
        self.assertIsNone(server['host_status_reason']['last_seen_up'])
        self.assertIsNone(server['host_status_since'])

    def test_time_that_is_yet_to_come_is_no_beginning(self) -> None:
        """Nova takes a host whose clock is far ahead for silent."""
        self.cloud.add_host('ahead', last_seen_up=datetime.datetime(2099, 1, 1))
        server = self.show_server(self.cloud.add_server('ahead'), VERSION_1_2)
        self.assertEqual('UNKNOWN', server['host_status'])
        self.assertEqual('2099-01-01T00:00:00Z', server['host_status_reason']['last_seen_up'])
        self.assertIsNone(server['host_status_since'])

    def test_time_in_the_record_is_not_told_where_nova_keeps_it_elsewhere(self) -> None:
        self.cloud.add_host('silent', last_seen_up=SEEN)
        server = self.cloud.add_server('silent')
        self.assertEqual(SHOWN, self.show_server(server, VERSION_1_2)['host_status_since'])
        # The driver that judges is made with the application; only the option changes here.
        self.conf.set_override('servicegroup_driver', 'mc')
        shown = self.show_server(server, VERSION_1_2)
        self.assertEqual('UNKNOWN', shown['host_status'])
        self.assertIsNone(shown['host_status_since'])
        self.assertIsNone(shown['host_status_reason']['last_seen_up'])

    @ddt.data(None, 'recordless')
    def test_nothing_is_told_of_no_host_and_of_one_without_service_record(
            self, host: str | None) -> None:
        server = self.show_server(self.cloud.add_server(host), VERSION_1_2)
        self.assertEqual('UNKNOWN' if host else '', server['host_status'])
        self.assertEqual([None, None], [server[field] for field in sorted(FIELDS)])

    def test_nothing_is_told_of_a_host_in_a_cell_that_is_down(self) -> None:
        self.cloud.add_cell()
        self.cloud.add_host('there', cell='cell2')
        server = self.cloud.add_server('there', cell='cell2')
        self.cloud.add_request_spec(server)
        self.cloud.load_cells()
        self.cloud.break_cell('cell2')
        shown = self.show_server(server, 'compute 2.69, nova-ext 1.2')
        self.assertEqual('UNKNOWN', shown['host_status'])
        self.assertEqual([None, None], [shown[field] for field in sorted(FIELDS)])

    @ddt.data('1.0', '1.1')
    def test_older_versions_do_not_have_it(self, nova_ext: str) -> None:
        self.cloud.add_host('host')
        server = self.show_server(
            self.cloud.add_server('host'), f'compute 2.1, nova-ext {nova_ext}')
        self.assertEqual(set(), server.keys() & FIELDS)

    def test_short_list_does_not_have_it(self) -> None:
        self.cloud.add_host('host')
        self.cloud.add_server('host')
        [server] = self.list_servers('/servers?all_tenants=1', VERSION_1_2)
        self.assertEqual(set(), server.keys() & self.FIELDS)

    def test_filtered_list_has_it(self) -> None:
        self.cloud.fill(servers_in_every_state)
        found = self.list_servers(f'{LIST}&host_status=UNKNOWN', VERSION_1_2)
        self.assertEqual([SHOWN], [server['host_status_since'] for server in found])

    def test_reason_costs_no_statement(self) -> None:
        servers = self.cloud.fill(servers_in_every_state)
        self.cloud.load_cells()
        for path in (LIST, f'{LIST}&host_status=DOWN&host_status=UNKNOWN', '/servers?limit=2',
                     f'/servers/{next(iter(servers))}'):
            self.get_json(path, VERSION_1_1)  # Nova keeps the zones of hosts for a while
            counts = []
            for version in (VERSION_1_1, VERSION_1_2):
                with nova_databases.recorded_statements() as statements:
                    self.get_json(path, version)
                counts.append(len(statements))
            self.assertEqual(counts[0], counts[1], path)
            self.assertGreater(counts[0], 0)

    def test_announcement_has_its_reason(self) -> None:
        for host in ('why', 'other'):
            self.cloud.add_host(host)
            self.cloud.announce('true', host, reason='new switch' if host == 'why' else None)
        servers = {host: self.cloud.add_server(host) for host in ('why', 'other')}
        shown = self.show_servers(servers.values(), VERSION_1_2)
        self.assertEqual(
            {'why': {'start': None, 'end': None, 'reason': 'new switch'},
             'other': {'start': None, 'end': None, 'reason': None}},
            {host: shown[server]['host_maintenance'] for host, server in servers.items()})
        old = self.show_server(servers['why'], VERSION_1_1)
        self.assertEqual({'start': None, 'end': None}, old['host_maintenance'])
