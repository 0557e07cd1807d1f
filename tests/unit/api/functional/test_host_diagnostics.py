# SPDX-License-Identifier: Apache-2.0
"""``GET /nova-ext/diagnostics``: the servers of many hosts."""

from __future__ import annotations

import time
import urllib.parse

import ddt
from nova import exception as nova_exception

from nova_ext.api import microversions
from nova_ext.hosts import asking
from tests.fixtures import configuration, nova_databases
from tests.unit import support
from tests.unit.api.functional import host_diagnostics_base as base

UNKNOWN = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'


class TestList(base.HostDiagnosticsTestCase):
    def test_each_server_has_its_identity_and_all_fields_of_a_single_answer(self) -> None:
        host = self.start_host()
        server = self.cloud.add_server(host.name, display_name='vm1')
        host.hung = {self.cloud.add_server(host.name)}
        first, second = self.list_entries()
        self.assertEqual(
            {'server_id': server, 'server_name': 'vm1', 'project_id': support.PROJECT,
             'host': host.name, 'responding': True},
            {name: first[name] for name in list(first)[:5]})
        self.assertEqual(
            ('running', 'libvirt', 1, None),
            (first['state'], first['driver'], first['num_cpus'], first['guest_agent']))
        self.assertEqual(20, len(first))
        self.assertEqual(list(first), list(second))
        self.assertIs(False, second['responding'])

    def test_hosts_of_all_cells_are_asked_once_each(self) -> None:
        self.cloud.add_cell()
        hosts = [self.start_host(), self.start_host(), self.start_host('cell2')]
        servers = [self.cloud.add_server(host.name, cell=cell) for host, cell in zip(
            hosts * 2, ('cell1', 'cell1', 'cell2') * 2)]
        body = self.get_json(base.LIST, base.VERSION)
        self.assertEqual({'diagnostics'}, set(body))
        self.assertEqual(sorted(servers), [one['server_id'] for one in body['diagnostics']])
        for host in hosts:
            self.assertEqual([2], [len(asked) for asked in host.asked])

    def test_servers_on_no_host_are_not_listed(self) -> None:
        host = self.start_host()
        self.cloud.add_server(None)
        self.cloud.delete_server(self.cloud.add_server(host.name))
        self.cloud.add_server(host.name, hidden=True)
        self.assertEqual([], self.list_ids())
        self.assertEqual([], host.asked)

    def test_filters_narrow_the_list(self) -> None:
        hosts = [self.start_host(), self.start_host(disabled=True), self.start_host()]
        servers = [self.cloud.add_server(host.name) for host in hosts]
        other = self.cloud.add_server(hosts[2].name, project_id='c' * 32)
        self.cloud.announce('true', hosts[2].name)
        for query, expected in (
                (f'host={hosts[0].name}', servers[:1]),
                (f'host={hosts[0].name}&host={hosts[1].name}', servers[:2]),
                ('host=nowhere', []),
                (f'project_id={"c" * 32}', [other]),
                (f'project_id={"c" * 32}&project_id={support.PROJECT}', [*servers, other]),
                (f'project_id={"c" * 32}&host={hosts[0].name}', []),
                ('host_status=UP', servers[:1]),
                ('host_status=MAINTENANCE', servers[1:2]),
                ('host_status=NEEDS_MAINTENANCE', [servers[2], other]),
                ('host_status=UP&host_status=MAINTENANCE', servers[:2]),
                (f'host_status=NEEDS_MAINTENANCE&project_id={support.PROJECT}', servers[2:]),
                ('host_status=UNKNOWN', []), ('host_status=DOWN', [])):
            self.assertEqual(sorted(expected), self.list_ids(f'?{query}'), query)

    def test_pages_lead_to_all_servers_in_the_order_of_their_ids(self) -> None:
        self.cloud.add_cell()
        hosts = {cell: self.start_host(cell) for cell in ('cell1', 'cell2')}
        servers = sorted(
            self.cloud.add_server(hosts[cell].name, cell=cell)
            for cell in ('cell1', 'cell2', 'cell2', 'cell1', 'cell2'))
        query, seen = f'?limit=2&project_id={support.PROJECT}', []
        while True:
            body = self.get_json(f'{base.LIST}{query}', base.VERSION)
            seen.append([one['server_id'] for one in body['diagnostics']])
            if 'diagnostics_links' not in body:
                break
            link, = body['diagnostics_links']
            self.assertEqual('next', link['rel'])
            parts = urllib.parse.urlsplit(link['href'])
            self.assertEqual('/v2.1/nova-ext/diagnostics', parts.path)
            query = f'?{parts.query}'
        self.assertEqual([servers[:2], servers[2:4], servers[4:]], seen)

    def test_marker_may_be_a_server_that_is_deleted_but_not_one_that_never_was(self) -> None:
        host = self.start_host()
        servers = sorted(self.cloud.add_server(host.name) for _ in range(3))
        self.cloud.delete_server(servers[1])
        self.assertEqual(servers[2:], self.list_ids(f'?marker={servers[1]}'))
        self.assertEqual(servers[2:], self.list_ids(f'?marker={servers[1].upper()}'))
        self.assertEqual(
            f'Marker {UNKNOWN} could not be found.',
            self.read_error(f'{base.LIST}?marker={UNKNOWN}', 400))

    def test_page_has_no_more_servers_than_nova_allows(self) -> None:
        self.conf.set_override('max_limit', 2, 'api')
        host = self.start_host()
        servers = sorted(self.cloud.add_server(host.name) for _ in range(3))
        for query in ('', '?limit=3', '?limit=2'):
            body = self.get_json(f'{base.LIST}{query}', base.VERSION)
            self.assertEqual(servers[:2], [one['server_id'] for one in body['diagnostics']])
            self.assertIn('diagnostics_links', body)
        self.assertEqual(servers[:1], self.list_ids('?limit=1'))


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
        for expected, bound in (('did not answer within 1 s', 4), ('is not waited for', 0.9)):
            began = time.monotonic()
            body = self.get_json(base.LIST, base.VERSION)
            self.assertLess(time.monotonic() - began, bound)
            self.assertEqual([up.name], [one['host'] for one in body['diagnostics']])
            self.assertEqual({mute.name}, set(body['missing_hosts']))
            self.assertIn(expected, body['missing_hosts'][mute.name])

    def test_hosts_are_waited_for_at_the_same_time(self) -> None:
        mute = [self.add_host() for _ in range(asking.AT_ONCE)]
        for host in mute:
            self.cloud.add_server(host.name)
        began = time.monotonic()
        body = self.get_json(base.LIST, base.VERSION)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual({host.name for host in mute}, set(body['missing_hosts']))

    def test_host_that_cannot_tell_about_many_servers_is_named(self) -> None:
        host = self.add_host()
        self.answer(host.name)
        self.cloud.add_server(host.name)
        self.assertEqual(
            {host.name: 'it runs without nova-ext, or with a version that cannot tell about many '
                        'servers'}, self.get_json(base.LIST, base.VERSION)['missing_hosts'])

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


@ddt.ddt
class TestRequests(base.HostDiagnosticsTestCase):
    @ddt.data(*microversions.VERSIONS[:2])
    def test_older_versions_do_not_know_the_path(self, version: str) -> None:
        for path in (base.LIST, f'/os-hypervisors/{UNKNOWN}/diagnostics'):
            self.assertEqual(404, self.get(path, f'nova-ext {version}').status_int)
            self.assertEqual(404, self.get(path).status_int)

    @ddt.data('1.0', '1.1', '1.2')
    def test_discovery_names_what_a_version_has(self, version: str) -> None:
        paths = {one['path'] for one in self.get_json(
            '/nova-ext', f'nova-ext {version}')['operations']}
        self.assertEqual(version == '1.2', base.LIST in paths)
        self.assertIn('/servers/{server_id}/diagnostics', paths)

    def test_member_is_forbidden_and_costs_nothing(self) -> None:
        self.cloud.add_server(self.start_host().name)
        node = self.cloud.add_hypervisor('other')
        self.cloud.load_cells()
        for path, rule in ((base.LIST, 'list'), (f'/os-hypervisors/{node}/diagnostics', 'show')):
            with nova_databases.recorded_statements() as statements:
                message = self.read_error(path, 403, context=support.context())
            self.assertIn(f'nova_ext:host_diagnostics:{rule}', message)
            self.assertEqual([], statements)

    def test_filter_by_status_obeys_novas_rule_for_it(self) -> None:
        policy_file = self.useFixture(configuration.PolicyFile(self.conf)).path
        policy_file.write_text('"nova_ext:host_diagnostics:list": "@"\n')
        self.app = self.make_app()
        member = support.context()
        self.assertEqual(200, self.get(base.LIST, base.VERSION, context=member).status_int)
        for status in ('UP', 'UNKNOWN'):
            self.assertIn('show:host_status', self.read_error(
                f'{base.LIST}?host_status={status}', 403, context=member))
        policy_file.write_text(
            '"nova_ext:host_diagnostics:list": "@"\n'
            '"os_compute_api:servers:show:host_status:unknown-only": "@"\n')
        self.app = self.make_app()
        for status, code in (('UP', 403), ('UNKNOWN', 200)):
            self.assertEqual(code, self.get(
                f'{base.LIST}?host_status={status}', base.VERSION, context=member).status_int)

    @ddt.data(
        ('limit=0', 'limit'), ('limit=-1', 'limit'), ('limit=x', 'limit'), ('limit=', 'limit'),
        ('limit=1&limit=2', 'limit'), ('limit=9999999999', 'limit'), ('marker=x', 'marker'),
        ('marker=', 'marker'), ('host=', 'host'), ('host=%00', 'host'),
        ('host=%F0%9F%98%80', 'host'), (f'project_id={"x" * 256}', 'project_id'),
        ('host_status=up', 'host_status'), ('unknown=1', 'Unknown'), ('host=%ff', 'read'))
    @ddt.unpack
    def test_bad_query_is_one_clear_sentence(self, query: str, named: str) -> None:
        message = self.read_error(f'{base.LIST}?{query}', 400)
        self.assertIn(named, message)
        self.assertNotIn('\n', message)

    def test_number_of_statements_does_not_depend_on_hosts_and_servers(self) -> None:
        self.cloud.add_cell()
        counts = []
        for _ in range(2):
            for cell in ('cell1', 'cell2'):
                host = self.start_host(cell)
                last = [self.cloud.add_server(host.name, cell=cell) for _ in range(3)][-1]
            self.cloud.load_cells()
            count = []
            for query in ('', '?host_status=UP', f'?marker={last}', '?limit=1'):
                with nova_databases.recorded_statements() as statements:
                    self.list_ids(query)
                count.append(len(statements))
            counts.append(count)
        # A statement in each cell; with the filter one more in each, and the announcements.
        self.assertEqual([[2, 5, 3, 2]] * 2, counts)
