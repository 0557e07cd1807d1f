# SPDX-License-Identifier: Apache-2.0
"""``/os-hypervisors`` filtered by host, aggregate and availability zone."""

from __future__ import annotations

import itertools
from urllib import parse

import ddt

from tests.fixtures import nova_databases
from tests.unit import support
from tests.unit.api.functional.places import PATHS, VERSION, PlacesTestCase

#: As Nova's controller is before it has pages, and with all that it takes.
COMPUTE = ('2.1', '2.28', '2.33', '2.53', '2.88', 'latest')


@ddt.ddt
class TestPlaces(PlacesTestCase):
    @ddt.data(
        ('host=a1', ['a1']), ('host=A1', ['a1']), ('host=b2&host=a1', ['a1', 'b2']),
        ('host=nowhere', []), ('host=a', []), ('host=a1.example.org', []), ('host=a%25', []),
        ('host=lost', ['lost']),
        ('aggregate=rack1', ['a1', 'a2', 'b1']), ('aggregate=RACK1', ['a1', 'a2', 'b1']),
        ('aggregate=Rack%20two', ['lost']), ('aggregate=empty', []),
        ('aggregate=rack1&aggregate=Rack+two', ['a1', 'a2', 'b1', 'lost']),
        ('aggregate=rack1&aggregate=rack1&aggregate=Rack1', ['a1', 'a2', 'b1']),
        ('availability_zone=near', ['a1', 'b2']), ('availability_zone=far', ['lost']),
        ('availability_zone=nova', ['a2', 'a3', 'b1']), ('availability_zone=nowhere', []),
        ('availability_zone=nova&availability_zone=far', ['a2', 'a3', 'b1', 'lost']),
        ('aggregate=rack1&availability_zone=near', ['a1']),
        ('aggregate=rack1&host=b1&host=a3', ['b1']),
        ('aggregate=rack1&state=up&status=disabled', ['a2']),
        ('host=a1&host=a2&status=enabled', ['a1']), ('host=lost&status=enabled', []),
        ('ho%73t=a1', ['a1']), ('host=a1&with_servers=true', ['a1']),
        ('host=a1&host=b1&hypervisor_hostname_pattern=b', ['b1']),
        ('host=a1&hypervisor_hostname_pattern=b', []),
        ('aggregate=rack1&hypervisor_hostname_pattern=1.', ['a1', 'b1']),
        ('availability_zone=far&hypervisor_hostname_pattern=1.', []))
    @ddt.unpack
    def test_list_is_filtered(self, query: str, expected: list[str]) -> None:
        for path in PATHS:
            self.assertEqual(expected, self.list_names(f'{path}?{query}', VERSION))

    def test_aggregate_may_be_named_by_id_and_uuid(self) -> None:
        for value in (self.find_id('rack1'), f'0{self.find_id("rack1")}', self.rack,
                      self.rack.upper(), self.rack.replace('-', '')):
            self.assertEqual(
                ['a1', 'a2', 'b1'], self.list_names(f'/os-hypervisors?aggregate={value}', VERSION))

    def test_id_comes_before_a_name_that_looks_like_it(self) -> None:
        number = self.find_id('rack1')
        self.cloud.add_aggregate(number, 'a3')
        self.cloud.add_aggregate('4711', 'a2')
        for value, expected in ((number, ['a1', 'a2', 'b1']), ('4711', ['a2'])):
            self.assertEqual(
                expected, self.list_names(f'/os-hypervisors?aggregate={value}', VERSION))

    @ddt.data(*COMPUTE)
    def test_filters_work_at_any_compute_version(self, compute: str) -> None:
        version = f'compute {compute}, nova-ext 1.2'
        for path, query in itertools.product(
                PATHS, ('host=a1', 'aggregate=zone', 'availability_zone=near&host=a1')):
            self.assertEqual(['a1'], self.list_names(f'{path}?{query}', version))
        self.assertEqual("There is no host aggregate 'none'.",
                         self.refusal('aggregate=none', version))

    def test_zone_of_hosts_in_none_is_the_configured_one(self) -> None:
        self.conf.set_override('default_availability_zone', 'home')
        for zone, expected in (('home', ['a2', 'a3', 'b1']), ('nova', [])):
            self.assertEqual(
                expected, self.list_names(f'/os-hypervisors?availability_zone={zone}', VERSION))

    @ddt.data(
        ('aggregate=none', "There is no host aggregate 'none'."),
        ('aggregate=rack1&aggregate=99999', "There is no host aggregate '99999'."),
        ('aggregate=99999999999', "There is no host aggregate '99999999999'."),
        ('aggregate=%D9%A1', "There is no host aggregate '\u0661'."),
        ('aggregate=none&hypervisor_hostname_pattern=a', "There is no host aggregate 'none'."),
        ('host=', "Invalid query parameter host: '' should be non-empty."),
        ('availability_zone=%00', "Invalid query parameter availability_zone: '\\x00' does not"),
        ('host=' + 'x' * 256, 'is too long'),
        ('host=a1&limit=x', 'limit'), ('host=a1&unknown=1', 'Additional properties'),
        ('host=a1&marker=nowhere', 'marker [nowhere] not found'))
    @ddt.unpack
    def test_invalid_query_is_a_bad_request(self, query: str, message: str) -> None:
        self.assertIn(message, self.refusal(query))

    @ddt.data(*itertools.product(('host', 'aggregate', 'availability_zone'), ('1.0', '1.1')))
    @ddt.unpack
    def test_filter_needs_1_2(self, name: str, nova_ext: str) -> None:
        self.assertEqual(
            f"The query parameter '{name}' needs nova-ext 1.2; the request is for {nova_ext}.",
            self.refusal(f'{name}=a1', f'compute 2.53, nova-ext {nova_ext}'))

    @ddt.data('host=a1&host=b1&host=lost&host=a3', 'availability_zone=nova',
              'aggregate=rack1', 'aggregate=rack1&state=up')
    def test_paging_visits_each_hypervisor_once_and_links_keep_the_filters(
            self, query: str) -> None:
        expected = self.list_names(f'/os-hypervisors?{query}', VERSION)
        self.assertLessEqual(3, len(expected))
        for limit in (1, 2, 3):
            names: list[str] = []
            path = f'/os-hypervisors?limit={limit}&{query}'
            while path:
                body = self.get_json(path, VERSION)
                self.assertLessEqual(len(body['hypervisors']), limit)
                names += self.names_of(body)
                links = body.get('hypervisors_links')
                path = links[0]['href'].removeprefix('http://localhost/v2.1') if links else ''
                if path:
                    asked = parse.parse_qsl(parse.urlsplit(path).query)
                    self.assertLessEqual(set(parse.parse_qsl(query)), set(asked))
            self.assertEqual(expected, names)

    def test_marker_need_not_meet_the_filter(self) -> None:
        nodes = self.list_by_name('/os-hypervisors', VERSION)
        self.assertEqual(['a3', 'b1'], self.list_names(
            f'/os-hypervisors?host=a1&host=a3&host=b1&marker={nodes["a2"]["id"]}', VERSION))

    def test_unknown_aggregate_is_told_while_a_cell_is_down(self) -> None:
        self.cloud.load_cells()
        self.cloud.break_cell('cell2')
        self.assertEqual("There is no host aggregate 'none'.", self.refusal('aggregate=none'))
        body = self.get_json('/os-hypervisors?aggregate=rack1', VERSION)
        self.assertEqual(['a1', 'a2'], self.names_of(body))
        self.assertEqual({self.cloud.cells['cell2'].uuid: 'cell2'}, body['down_cells'])

    @ddt.data('host=a1', 'aggregate=none', 'availability_zone=near')
    def test_unauthorized_caller_is_refused_before_anything_is_read(self, query: str) -> None:
        for path in PATHS:
            with nova_databases.recorded_statements() as statements:
                response = self.get(f'{path}?{query}', VERSION, context=support.context())
            self.assertEqual(403, response.status_int)
            self.assertEqual([], statements)

    def test_maintenance_has_its_reason(self) -> None:
        self.cloud.announce('true', 'a3', reason='new switch')
        for version, expected in (
                (VERSION, {'start': None, 'end': None, 'reason': 'new switch'}),
                ('compute 2.53, nova-ext 1.1', {'start': None, 'end': None})):
            node = self.list_by_name('/os-hypervisors', version)['a3']
            self.assertEqual(expected, node['maintenance'])
            shown = self.get_json(f'/os-hypervisors/{node["id"]}', version)['hypervisor']
            self.assertEqual(expected, shown['maintenance'])
