# SPDX-License-Identifier: Apache-2.0
"""Who may see and filter by ``host_status`` of servers."""

from __future__ import annotations

from typing import Any

import ddt

from tests.fixtures import configuration, nova_cloud
from tests.unit import support
from tests.unit.api.functional import base

VERSION = 'compute 2.1, nova-ext 1.1'

#: As the API is before microversion 2.69 and from it on.
COMPUTE = ('2.1', '2.16', '2.69', 'latest')

RULE = 'os_compute_api:servers:show:host_status'
UNKNOWN_ONLY = 'os_compute_api:servers:show:host_status:unknown-only'


def servers_of_up_and_silent_host(cloud: nova_cloud.NovaCloud) -> dict[str, str]:
    """Add a server on a host that is up and one on a host that does not report."""
    cloud.add_host('up')
    cloud.add_host('silent', silent=True)
    return {host: cloud.add_server(host) for host in ('up', 'silent')}


@ddt.ddt
class TestHostStatusPolicy(base.ServersTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.servers = self.cloud.fill(servers_of_up_and_silent_host)
        self.member = support.context()

    def set_rule(self, name: str, check: str) -> None:
        """Set a rule in Nova's policy file."""
        policy_file = self.useFixture(configuration.PolicyFile(self.conf)).path
        policy_file.write_text(f'"{name}": "{check}"\n')
        self.cloud.read_policy_file()

    def show_both(self, version: str) -> dict[str, dict[str, Any]]:
        """Return the servers, as the member sees them, by their hosts."""
        shown = self.show_servers(self.servers.values(), version, self.member)
        return {host: shown[server] for host, server in self.servers.items()}

    def assert_filter_is_forbidden(self, path: str, context: Any = None) -> str:
        """Assert that a request is forbidden and return why."""
        response = self.get(path, VERSION, context=context)
        self.assertEqual(403, response.status_int, response.text)
        return str(response.json_body['forbidden']['message'])

    @ddt.data(*COMPUTE)
    def test_member_sees_no_field_by_default(self, compute: str) -> None:
        for server in self.show_both(f'compute {compute}, nova-ext 1.1').values():
            self.assertEqual(set(), server.keys() & self.FIELDS)

    @ddt.data(*COMPUTE)
    def test_override_in_policy_file_lets_member_see_and_filter(self, compute: str) -> None:
        self.set_rule(RULE, 'role:reader')
        version = f'compute {compute}, nova-ext 1.1'
        self.assertEqual(
            {'up': 'UP', 'silent': 'UNKNOWN'},
            {host: server['host_status'] for host, server in self.show_both(version).items()})
        self.assertEqual(
            [self.servers['up']],
            self.list_ids('/servers?host_status=UP', version, self.member))

    @ddt.data(*COMPUTE)
    def test_unknown_only_rule_shows_no_other_status(self, compute: str) -> None:
        self.set_rule(UNKNOWN_ONLY, 'role:reader')
        shown = self.show_both(f'compute {compute}, nova-ext 1.1')
        self.assertEqual(set(), shown['up'].keys() & self.FIELDS)
        self.assertEqual('UNKNOWN', shown['silent']['host_status'])
        self.assertNotIn('host_maintenance', shown['silent'])

    @ddt.data('/servers', '/servers/detail')
    def test_unknown_only_rule_permits_filtering_by_unknown_only(self, path: str) -> None:
        self.set_rule(UNKNOWN_ONLY, 'role:reader')
        self.assertEqual(
            [self.servers['silent']],
            self.list_ids(f'{path}?host_status=UNKNOWN', VERSION, self.member))
        for query in ('UP', 'NEEDS_MAINTENANCE', 'UNKNOWN&host_status=DOWN'):
            self.assertIn(RULE, self.assert_filter_is_forbidden(
                f'{path}?host_status={query}', self.member))

    def test_list_names_down_cell_to_whoever_sees_a_status(self) -> None:
        self.cloud.add_cell()
        self.cloud.load_cells()
        self.cloud.break_cell('cell2')
        for path in ('/servers', '/servers/detail'):
            self.assertNotIn('down_cells', self.get_json(path, VERSION, context=self.member))
        self.set_rule(UNKNOWN_ONLY, 'role:reader')
        self.app = self.make_app()
        for path in ('/servers', '/servers/detail', '/servers?host_status=UNKNOWN'):
            body = self.get_json(path, VERSION, context=self.member)
            self.assertEqual({self.cloud.cells['cell2'].uuid: 'cell2'}, body['down_cells'])

    @ddt.data('UP', 'UNKNOWN')
    def test_member_may_not_filter_by_default(self, status: str) -> None:
        self.assert_filter_is_forbidden(f'/servers?host_status={status}', self.member)

    def test_administrator_may_be_refused(self) -> None:
        self.set_rule(RULE, '!')
        self.assertNotIn('host_status', self.show_server(self.servers['up'], VERSION))
        self.assert_filter_is_forbidden('/servers?host_status=UP')

    def test_rule_is_checked_against_project_of_server(self) -> None:
        self.set_rule(RULE, 'project_id:%(project_id)s')
        self.assertEqual('UP', self.show_both(VERSION)['up']['host_status'])
        # An administrator in another project:
        server = self.get_json(f'/servers/{self.servers["up"]}', VERSION)['server']
        self.assertNotIn('host_status', server)

    def test_filter_finds_servers_of_own_project_only(self) -> None:
        self.set_rule(RULE, 'role:reader')
        self.cloud.add_server('up', project_id='c' * 32)
        self.assertEqual(
            [self.servers['up']],
            self.list_ids('/servers/detail?host_status=UP', VERSION, self.member))
        self.assert_filter_is_forbidden('/servers?host_status=UP&all_tenants=1', self.member)
