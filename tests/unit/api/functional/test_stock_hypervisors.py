# SPDX-License-Identifier: Apache-2.0
"""With ``serve_stock_hypervisors`` nothing is different but the statements."""

from __future__ import annotations

from typing import Any

import ddt

from tests.fixtures import nova_databases, nova_records
from tests.unit import support
from tests.unit.api.functional import base, hypervisor_requests

#: Status, headers and body of a response.
Response = tuple[str, list[tuple[str, str]], bytes]


class StockHypervisorsTestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.app = self.make_app(serve_stock_hypervisors=True)

    def read(self, path: str, version: str | None, *, app: Any = None,
             context: Any = None) -> Response:
        """Return all of a response."""
        response = self.get(path, version and f'compute {version}', app=app, context=context)
        return response.status, response.headerlist, response.body

    def read_from_nova(self, path: str, version: str | None, context: Any = None) -> Response:
        """Return all of Nova's own response."""
        return self.read(path, version, app=self.nova_app, context=context)


@ddt.ddt
class TestStockHypervisorsInEveryState(StockHypervisorsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.nodes = self.cloud.fill(hypervisor_requests.add_nodes)
        self.without_uptime |= hypervisor_requests.WITHOUT_UPTIME

    @ddt.data(*hypervisor_requests.VERSIONS)
    def test_every_response_is_as_novas_byte_for_byte(self, version: str) -> None:
        differences, statuses = [], set()
        for path in hypervisor_requests.get_paths(self.nodes, version):
            expected, found = self.read_from_nova(path, version), self.read(path, version)
            statuses.add(expected[0])
            if expected != found:
                differences.append((path, expected, found))
        self.assertEqual([], differences)
        self.assertLess({'200 OK', '404 Not Found'}, statuses)

    def test_nova_answers_by_default(self) -> None:
        self.conf.clear_override('serve_stock_hypervisors', 'nova_ext')
        app = self.make_app()
        with nova_databases.recorded_statements() as in_nova:
            self.read_from_nova('/os-hypervisors', '2.53')
        with nova_databases.recorded_statements() as through_filter:
            self.read('/os-hypervisors', '2.53', app=app)
        self.assertEqual(in_nova[len(in_nova) - len(through_filter):], through_filter)
        self.assertLess(20, len(through_filter))

    def test_failing_cell_fails_the_request_as_in_nova(self) -> None:
        self.cloud.load_cells()
        self.cloud.break_cell('cell2')
        expected = self.read_from_nova('/os-hypervisors', '2.53')
        self.assertEqual(expected, self.read('/os-hypervisors', '2.53'))
        self.assertEqual('500 Internal Server Error', expected[0])


@ddt.ddt
class TestStockHypervisors(StockHypervisorsTestCase):
    @ddt.data(None, '2.53', 'latest', '2.9999', '1.0', 'nonsense')
    def test_unauthorized_caller_is_refused_as_by_nova_and_nothing_is_read(
            self, version: str | None) -> None:
        self.cloud.add_hypervisor('up')
        for path in ('/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/1',
                     '/os-hypervisors/1/search', '/os-hypervisors/1/servers'):
            with nova_databases.recorded_statements() as statements:
                found = self.read(path, version, context=support.context())
            self.assertEqual([], statements)
            self.assertEqual(self.read_from_nova(path, version, support.context()), found)
            self.assertNotEqual('200 OK', found[0])

    @ddt.data(('cell1', 'cell2'), ('cell2', 'cell1'))
    @ddt.unpack
    def test_records_left_behind_in_another_cell_change_nothing(
            self, old: str, new: str) -> None:
        self.cloud.add_cell()
        self.cloud.add_node('moved', cell=old)
        self.cloud.add_hypervisor('moved', cell=new)
        self.cloud.add_server('moved', cell=old)
        self.cloud.add_server('moved', cell=new)
        for path in ('/os-hypervisors', '/os-hypervisors/detail?with_servers=true'):
            expected = self.read_from_nova(path, '2.90')
            self.assertEqual(expected, self.read(path, '2.90'))
            self.assertEqual(2, expected[2].count(b'"state": "up"'))

    def test_each_node_of_a_bare_metal_host_has_all_servers_as_in_nova(self) -> None:
        self.cloud.add_host('metal')
        for name in ('one', 'two'):
            self.cloud.add_node('metal', hypervisor_hostname=name, hypervisor_type='ironic')
            self.cloud.add_server('metal', node=name)
        path = '/os-hypervisors/detail?with_servers=true'
        expected = self.read_from_nova(path, '2.90')
        self.assertEqual(expected, self.read(path, '2.90'))
        self.assertEqual(2, expected[2].count(b'"servers": [{'))

    @ddt.data('{"uptime": ', 'null', '5', '["uptime"]')
    def test_stats_that_cannot_be_read_are_left_out_and_hide_no_other_hypervisor(
            self, stats: str) -> None:
        for name in ('good', 'broken'):
            self.cloud.add_host(name)
        self.cloud.add_node('good')
        broken = self.cloud.add_node('broken', stats=stats)
        nodes = self.get_json('/os-hypervisors/detail', 'compute 2.88')['hypervisors']
        self.assertEqual([nova_records.UPTIME, None], [node['uptime'] for node in nodes])
        self.assertIn(f'Failed to read the stats of the compute node record {broken} ',
                      self.logs.text)

    def test_stored_uptime_is_shown_where_nova_would_query_the_host(self) -> None:
        self.cloud.add_hypervisor('stored')
        self.cloud.add_host('silent')
        self.cloud.add_node('silent', stats=None)
        nodes = self.get_json('/os-hypervisors/detail', 'compute 2.88')['hypervisors']
        self.assertEqual([nova_records.UPTIME, None], [node['uptime'] for node in nodes])
        self.get_host_uptime.assert_not_called()
