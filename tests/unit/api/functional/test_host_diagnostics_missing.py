# SPDX-License-Identifier: Apache-2.0
"""``GET /nova-ext/diagnostics`` when hosts or cells do not answer."""

from __future__ import annotations

import time

import ddt
from nova import exception as nova_exception

from nova_ext.hosts import asking
from tests.fixtures import threads
from tests.unit.api.functional import host_diagnostics_base as base

TAIL = '6a1f-4ac6-a4c8-6d8b32a3d1b1'


class TestMissingHosts(base.HostDiagnosticsTestCase):
    timeout = 1.0

    def test_hosts_that_are_down_are_named_and_not_asked(self) -> None:
        up = self.start_host()
        forced, silent = self.start_host(forced_down=True), self.start_host(silent=True)
        server = self.cloud.add_server(up.name)
        for host in (forced, silent):
            self.cloud.add_server(host.name)
        self.cloud.add_server('recordless')
        body = self.get_json(base.LIST, base.VERSION)
        self.assertEqual([server], [one['server_id'] for one in body['diagnostics']])
        seen = body['missing_hosts'].pop(silent.name)
        self.assert_matches(r'^nova-compute was last seen up at \d{4}-', seen)
        self.assertEqual(
            {forced.name: 'an operator has forced it down',
             'recordless': 'it has no nova-compute service record'}, body['missing_hosts'])
        self.assertEqual([], forced.asked + silent.asked)

    def test_host_that_does_not_answer_is_waited_for_once(self) -> None:
        up, mute = self.start_host(), self.add_host()
        for host in (up, mute):
            self.cloud.add_server(host.name)
        for expected, bound in (
                ('did not answer within 1 s', 4), ('lists do not ask it again', 0.9)):
            began = time.monotonic()
            body = self.get_json(base.LIST, base.VERSION)
            self.assertLess(time.monotonic() - began, bound)
            self.assertEqual([up.name], [one['host'] for one in body['diagnostics']])
            self.assertEqual({mute.name}, set(body['missing_hosts']))
            self.assertIn(expected, body['missing_hosts'][mute.name])

    def test_page_ends_before_the_first_server_that_there_was_no_time_for(self) -> None:
        slow, quick = self.start_host(), self.start_host()
        slow.most, slow.errors_later = 1, [None, nova_exception.HypervisorUnavailable()]
        servers = sorted(
            (self.cloud.add_server(host.name), host.name)
            for host in (slow, quick) for _ in range(4))
        body = self.get_json(base.LIST, base.VERSION)
        found = [one['server_id'] for one in body['diagnostics']]
        of_slow = [uuid for uuid, host in servers if host == slow.name]
        self.assertEqual([uuid for uuid, _ in servers if uuid < of_slow[1]], found)
        self.assertNotIn('missing_hosts', body)
        self.assertIn(f'marker={found[-1]}', body['diagnostics_links'][0]['href'])
        slow.most = 1000
        self.assertEqual([uuid for uuid, _ in servers if uuid >= of_slow[1]],
                         self.list_ids(f'?marker={found[-1]}'))

    def add_in_turn(self, *hosts: base.Host) -> list[str]:
        """Add a server on each host, in the order of their UUIDs, and ask one host at a time."""
        self.patch(asking, 'AT_ONCE', 1)
        return [self.cloud.add_server(host.name, uuid=f'0000000{number}-{TAIL}')
                for number, host in enumerate(hosts)]

    def test_page_ends_before_a_host_that_there_was_no_time_to_ask(self) -> None:
        first, mute, last = self.start_host(), self.add_host(), self.start_host()
        servers = self.add_in_turn(first, mute, last)
        body = self.get_json(base.LIST, base.VERSION)
        self.assertEqual([servers[0]], [one['server_id'] for one in body['diagnostics']])
        self.assertEqual({mute.name}, set(body['missing_hosts']))
        self.assertEqual([], last.asked)
        self.assertIn(f'marker={servers[1]}', body['diagnostics_links'][0]['href'])
        self.assertEqual([servers[2]], self.list_ids(f'?marker={servers[1]}'))

    def test_host_that_was_not_asked_is_missing_where_nothing_was_told_before(self) -> None:
        mute, last = self.add_host(), self.start_host()
        servers = self.add_in_turn(mute, last)
        body = self.get_json(base.LIST, base.VERSION)
        self.assertEqual([], body['diagnostics'])
        self.assertEqual('there was no time left to ask it', body['missing_hosts'][last.name])
        self.assertEqual([servers[1]], self.list_ids())  # the silent host is not waited for again

    def test_host_that_leaves_out_its_first_server_is_missing(self) -> None:
        host = self.start_host()
        host.most = 0
        self.cloud.add_server(host.name)
        body = self.get_json(base.LIST, base.VERSION)
        self.assertEqual(([], {host.name: 'it did not tell about all of its servers'}),
                         (body['diagnostics'], body['missing_hosts']))

    def test_hosts_are_waited_for_at_the_same_time(self) -> None:
        mute = [self.add_host() for _ in range(asking.AT_ONCE)]
        for host in mute:
            self.cloud.add_server(host.name)
        began = time.monotonic()
        body = self.get_json(base.LIST, base.VERSION)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual({host.name for host in mute}, set(body['missing_hosts']))

    def test_hosts_of_other_cells_do_not_wait_for_those_of_one(self) -> None:
        self.patch(asking, 'AT_ONCE', 2)
        self.cloud.add_cell()
        for number in range(4):
            self.cloud.add_server(
                self.add_host().name, uuid=f'0000000{number}-{TAIL}')
        up = self.start_host('cell2')
        server = self.cloud.add_server(
            up.name, cell='cell2', uuid=f'ffffffff-{TAIL}')
        self.assertEqual([server], self.list_ids())

    def test_host_that_cannot_tell_about_many_servers_is_named(self) -> None:
        host = self.add_host()
        self.answer(host.name)
        self.cloud.add_server(host.name)
        self.assertEqual(
            {host.name: 'it runs without nova-ext, or with a version that cannot tell about many '
                        'servers'}, self.get_json(base.LIST, base.VERSION)['missing_hosts'])

    def test_hosts_that_no_thread_can_ask_are_named(self) -> None:
        host = self.start_host()
        self.cloud.add_server(host.name)
        self.useFixture(threads.NoThreads(['hosts']))
        began = time.monotonic()
        self.assertEqual(
            {host.name: f'it could not be asked: {threads.REASON}'},
            self.get_json(base.LIST, base.VERSION)['missing_hosts'])
        self.assertLess(time.monotonic() - began, self.timeout)
        self.assertIn(f'Failed to start a thread for hosts: {threads.REASON}', self.logs.text)

    def test_host_that_fails_is_named_and_the_reason_is_logged(self) -> None:
        host = self.start_host()
        host.error = RuntimeError('a bug')
        unavailable = self.start_host()
        unavailable.error = nova_exception.HypervisorUnavailable()
        for one in (host, unavailable):
            self.cloud.add_server(one.name)
        self.assertEqual(
            {host.name: 'it failed to tell about its servers (RuntimeError)',
             unavailable.name: 'nova-compute cannot reach its hypervisor'},
            self.get_json(base.LIST, base.VERSION)['missing_hosts'])
        self.assertIn(f'Failed to ask compute host {host.name} about its servers', self.logs.text)


@ddt.ddt
class TestDownCell(base.HostDiagnosticsTestCase):
    @ddt.data('', '?host_status=UP', '?host_status=UNKNOWN')
    def test_cell_that_does_not_answer_is_named(self, query: str) -> None:
        self.cloud.add_cell()
        host = self.start_host('cell2')
        server = self.cloud.add_server(host.name, cell='cell2')
        self.cloud.break_cell('cell1')
        body = self.get_json(f'{base.LIST}{query}', base.VERSION)
        self.assertEqual(
            [] if 'UNKNOWN' in query else [server],
            [one['server_id'] for one in body['diagnostics']])
        self.assertEqual({self.cloud.cells['cell1'].uuid: 'cell1'}, body['down_cells'])

    def test_list_is_refused_where_nova_makes_none_without_a_cell(self) -> None:
        self.conf.set_override('list_records_by_skipping_down_cells', False, 'api')
        self.cloud.break_cell('cell1')
        self.assertIn('cell1', self.read_error(base.LIST, 503))
