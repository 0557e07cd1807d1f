# SPDX-License-Identifier: Apache-2.0
"""Which requests for ``GET /nova-ext/diagnostics`` are answered, and what they cost."""

from __future__ import annotations

import ddt

from nova_ext.api import microversions
from tests.fixtures import configuration, nova_databases
from tests.unit import support
from tests.unit.api.functional import host_diagnostics_base as base

UNKNOWN = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'


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

    def test_limit_with_more_digits_than_python_reads_is_refused(self) -> None:
        self.assertIn('limit', self.read_error(f'{base.LIST}?limit={"0" * 5000}1', 400))

    def test_number_that_no_hypervisor_may_have_costs_nothing(self) -> None:
        self.cloud.load_cells()
        for number in ('2147483648', '0' * 20 + '9' * 30, '0' * 5000 + '2147483648'):
            with nova_databases.recorded_statements() as statements:
                self.read_error(f'/os-hypervisors/{number}/diagnostics', 404)
            self.assertEqual([], statements)

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
