# SPDX-License-Identifier: Apache-2.0
"""What filters of hypervisors by place cost, and that nothing in them breaks the API."""

from __future__ import annotations

from urllib import parse

import ddt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures import nova_databases
from tests.unit.api.functional.places import PATHS, VERSION, PlacesTestCase


@ddt.ddt
class TestStatements(PlacesTestCase):
    @ddt.data(('host=a1&host=a2', 0), ('aggregate=rack1&aggregate=Rack+two', 1),
              ('availability_zone=nova', 1), ('availability_zone=near&aggregate=rack1', 2))
    @ddt.unpack
    def test_places_cost_one_statement_each_whatever_their_number(
            self, query: str, more: int) -> None:
        self.cloud.load_cells()

        def count(path: str) -> int:
            with nova_databases.recorded_statements() as statements:
                self.assertLess(0, len(self.list_names(path, VERSION)))
            return len(statements)

        for added in range(2):
            for path in PATHS:
                self.assertEqual(count(path) + more, count(f'{path}?{query}'))
            for number in range(10):
                self.cloud.add_hypervisor(f'more{number}-{added}')
                self.cloud.add_aggregate(f'more{number}-{added}', f'more{number}-{added}', 'a1')


class TestAnything(PlacesTestCase):
    @settings(max_examples=60, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(name=st.sampled_from(['host', 'aggregate', 'availability_zone']),
           values=st.lists(st.text(max_size=300) | st.sampled_from(
               ['a1', 'rack1', '1', '-1', '1e3', "'", '%', '\\', '\x00', '\u0661', 'x' * 255]),
               min_size=1, max_size=5),
           rest=st.sampled_from(['', '&limit=1', '&state=up', '&hypervisor_hostname_pattern=a']))
    def test_any_value_is_answered_or_refused_in_a_sentence(
            self, name: str, values: list[str], rest: str) -> None:
        query = parse.urlencode(
            [(name, value.encode('utf-8', 'surrogatepass')) for value in values])
        response = self.get(f'/os-hypervisors?{query}{rest}', VERSION)
        self.assertIn(response.status_int, (200, 400), response.text)
        if response.status_int == 400:
            self.assertTrue(response.json_body['badRequest']['message'].endswith('.'))
        else:
            self.assertIsInstance(response.json_body['hypervisors'], list)
