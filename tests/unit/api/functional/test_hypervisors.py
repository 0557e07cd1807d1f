# SPDX-License-Identifier: Apache-2.0
"""``/os-hypervisors`` with a nova-ext version in the request."""

from __future__ import annotations

import datetime

import ddt

from tests.fixtures import nova_databases
from tests.unit import support
from tests.unit.api.functional import base

VERSION_1_0 = 'compute 2.53, nova-ext 1.0'
VERSION_1_1 = 'compute 2.53, nova-ext 1.1'


@ddt.ddt
class TestHypervisorsInEveryState(base.HypervisorsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.fill(base.hypervisors_in_every_state)

    @ddt.data('2.1', '2.28', '2.33', '2.53', '2.75', '2.88', 'latest')
    def test_first_version_is_as_in_nova_at_any_compute_version(self, compute: str) -> None:
        for path in ('/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/1'):
            expected = self.get_from_nova(path, f'compute {compute}')
            found = self.get(path, f'compute {compute}, nova-ext 1.0')
            self.assertEqual(expected.status, found.status)
            body = dict(found.json_body)
            if path != '/os-hypervisors/1':
                self.assertEqual({}, body.pop('down_cells'))
            if path == '/os-hypervisors':
                details = self.get_from_nova(f'{path}/detail', f'compute {compute}').json_body
                self.assertEqual(
                    {node['id']: node['service'] for node in details['hypervisors']},
                    {node['id']: node.pop('service') for node in body['hypervisors']})
            self.assertEqual(expected.json_body, body)

    def test_second_version_lists_and_marks_hypervisors_that_lack_records(self) -> None:
        self.assertEqual(
            ['up', 'disabled', 'forced', 'silent', 'both'],
            self.list_names('/os-hypervisors', VERSION_1_0))
        nodes = self.list_by_name('/os-hypervisors/detail', VERSION_1_1)
        self.assertEqual(
            ['up', 'disabled', 'forced', 'recordless', 'silent', 'both', 'unmapped', 'lost'],
            list(nodes))
        self.assertEqual(
            {'up': [], 'disabled': [], 'forced': [], 'silent': [], 'both': [],
             'recordless': ['service'], 'unmapped': ['host_mapping'],
             'lost': ['service', 'host_mapping']},
            {name: node['missing_records'] for name, node in nodes.items()})

    @ddt.data('/os-hypervisors', '/os-hypervisors/detail')
    def test_state_and_status_are_as_in_the_services_api(self, path: str) -> None:
        nodes = self.list_by_name(path, VERSION_1_1)
        self.assertEqual(
            {'up': ('up', 'enabled', False), 'disabled': ('up', 'disabled', False),
             'forced': ('down', 'enabled', True), 'silent': ('down', 'enabled', False),
             'both': ('down', 'disabled', False), 'unmapped': ('up', 'enabled', False),
             'recordless': ('down', None, None), 'lost': ('down', None, None)},
            {name: (node['state'], node.get('status'), node['forced_down'])
             for name, node in nodes.items()})

    @ddt.data('/os-hypervisors', '/os-hypervisors/detail')
    def test_neither_service_nor_status_without_service_record(self, path: str) -> None:
        """No null: a client that has a type for them fails on the whole list."""
        nodes = self.list_by_name(path, VERSION_1_1)
        self.assertEqual('new disk', nodes['disabled']['service']['disabled_reason'])
        shown = self.get_json(f'/os-hypervisors/{nodes["lost"]["id"]}', VERSION_1_1)
        for field in ('service', 'status'):
            without = {name for name, node in nodes.items() if field not in node}
            self.assertEqual({'recordless', 'lost'}, without)
            self.assertNotIn(field, shown['hypervisor'])

    @ddt.data(VERSION_1_0, VERSION_1_1)
    def test_single_hypervisor_is_shown_as_in_the_list(self, version: str) -> None:
        for node in self.get_json('/os-hypervisors/detail', version)['hypervisors']:
            self.assertEqual(
                {'hypervisor': node}, self.get_json(f'/os-hypervisors/{node["id"]}', version))

    @ddt.data('', '?with_servers=true')
    def test_hypervisor_that_lacks_records_is_shown_from_nova_ext_1_1_on(
            self, query: str) -> None:
        lost = self.list_by_name('/os-hypervisors', VERSION_1_1)['lost']['id']
        path = f'/os-hypervisors/{lost}{query}'
        refused = self.get(path, VERSION_1_0)
        self.assertEqual(404, refused.status_int)
        self.assertEqual(
            f"Hypervisor with ID '{lost}' could not be found.",
            refused.json_body['itemNotFound']['message'])
        self.assertEqual(200, self.get(path, VERSION_1_1).status_int)

    @ddt.data('2.1', '2.53', 'latest')
    def test_strict_response_validation_accepts_missing_records(self, compute: str) -> None:
        if 'response_validation' not in self.conf.api:
            self.skipTest('This Nova does not validate its responses.')
        self.conf.set_override('response_validation', 'error', 'api')
        path = '/os-hypervisors/detail'
        self.assertEqual(5, len(self.list_names(path, f'compute {compute}, nova-ext 1.0')))
        nodes = self.list_by_name(path, f'compute {compute}, nova-ext 1.1')
        self.assertEqual(8, len(nodes))

    def test_servers_are_listed_as_in_nova(self) -> None:
        for host in ('up', 'up', 'forced', 'unmapped'):
            self.cloud.add_server(host)
        self.cloud.add_server('silent', cell='cell2')
        self.cloud.delete_server(self.cloud.add_server('up'))
        path = '/os-hypervisors?with_servers=true'
        expected = {
            name: node.get('servers') for name, node in
            self.list_by_name(path, 'compute 2.53', app=self.nova_app).items()}
        found = self.list_by_name(path, VERSION_1_1)
        self.assertEqual(expected, {name: found[name].get('servers') for name in expected})
        self.assertEqual(
            [2, 1, 1], [len(expected[name] or ()) for name in ('up', 'forced', 'silent')])

    def test_each_server_of_a_bare_metal_host_is_listed_with_its_own_node(self) -> None:
        self.cloud.add_host('metal')
        for name in ('one', 'two', 'none'):
            self.cloud.add_node('metal', hypervisor_hostname=name, hypervisor_type='ironic')
        servers = {name: self.cloud.add_server('metal', node=name) for name in ('one', 'two')}
        path = '/os-hypervisors?hypervisor_hostname_pattern=o&with_servers=true'
        listed = self.get_json(path, VERSION_1_1)['hypervisors']
        nodes = {node['hypervisor_hostname']: node for node in listed}
        self.assertEqual(
            {'one': [servers['one']], 'two': [servers['two']]},
            {name: [server['uuid'] for server in nodes[name]['servers']] for name in servers})
        self.assertEqual([], nodes['none'].get('servers', []))
        shown = self.get_json(
            f'/os-hypervisors/{nodes["two"]["id"]}?with_servers=true', VERSION_1_1)['hypervisor']
        self.assertEqual(nodes['two']['servers'], shown['servers'])

    @ddt.data('/os-hypervisors', '/os-hypervisors/detail?state=up', '/os-hypervisors/1')
    def test_unauthorized_caller_is_refused_before_anything_is_read(self, path: str) -> None:
        with nova_databases.recorded_statements() as statements:
            response = self.get(path, VERSION_1_1, context=support.context())
        self.assertEqual(403, response.status_int)
        self.assertEqual([], statements)


class TestHypervisors(base.HypervisorsTestCase):
    def test_last_report_of_host_is_shown(self) -> None:
        self.cloud.add_hypervisor(
            'seen', last_seen_up=datetime.datetime(2026, 11, 21, 9, 30, 5, 77))
        self.cloud.add_hypervisor('unseen', last_seen_up=None)
        nodes = self.list_by_name('/os-hypervisors', VERSION_1_1)
        self.assertEqual('2026-11-21T09:30:05Z', nodes['seen']['last_seen_up'])
        self.assertIsNone(nodes['unseen']['last_seen_up'])

    def test_announced_maintenance_is_shown(self) -> None:
        for host in ('dated', 'undated', 'over', 'other'):
            self.cloud.add_hypervisor(host)
        self.cloud.announce('2099-12-01T02:00+01:00/2099-12-01T06:00:00Z', 'dated')
        self.cloud.announce('true', 'undated')
        self.cloud.announce('2020-01-01T00:00Z/2020-01-02T00:00Z', 'over')
        self.cloud.announce('true', 'other', key='nova_ext:other')
        nodes = self.list_by_name('/os-hypervisors', VERSION_1_1)
        self.assertEqual(
            {'dated': {'start': '2099-12-01T01:00:00Z', 'end': '2099-12-01T06:00:00Z'},
             'undated': {'start': None, 'end': None}, 'over': None, 'other': None},
            {name: node['maintenance'] for name, node in nodes.items()})

    def test_change_of_service_record_shows_in_next_response(self) -> None:
        self.cloud.add_hypervisor('host')

        def get_state() -> tuple[str, str]:
            node = self.list_by_name('/os-hypervisors', VERSION_1_0)['host']
            return node['state'], node['status']

        self.assertEqual(('up', 'enabled'), get_state())
        self.cloud.update_host('host', disabled=True)
        self.assertEqual(('up', 'disabled'), get_state())
        self.cloud.update_host('host', forced_down=True)
        self.assertEqual(('down', 'disabled'), get_state())

    def test_service_of_another_binary_or_deleted_one_does_not_count(self) -> None:
        self.cloud.add_node('host')
        self.cloud.map_host('host')
        self.cloud.add_scheduler('host')
        self.cloud.add_host('host', deleted=3, mapped=False)
        nodes = self.list_by_name('/os-hypervisors', VERSION_1_1)
        self.assertEqual(['service'], nodes['host']['missing_records'])
