# SPDX-License-Identifier: Apache-2.0
"""With ``serve_stock_hypervisors``, cells that are down or slow are as to Nova itself."""

from __future__ import annotations

from typing import Any

import ddt

from tests.fixtures import nova_cloud
from tests.unit.api.functional import base

#: Seconds that requests wait for the cell that hangs.
CELL_TIMEOUT = 0.2


def hypervisor_with_server_in_each_of_two_cells(cloud: nova_cloud.NovaCloud) -> dict[str, str]:
    """Return the UUIDs of the hypervisors by their cells."""
    cloud.add_cell()
    nodes = {}
    for cell in ('cell1', 'cell2'):
        nodes[cell] = cloud.add_hypervisor(f'in-{cell}', cell=cell)
        cloud.add_server(f'in-{cell}', cell=cell)
    return nodes


PATHS = ('/os-hypervisors', '/os-hypervisors/detail?with_servers=true', '/os-hypervisors?limit=1',
         '/os-hypervisors?limit=1&marker={}', '/os-hypervisors/{}',
         '/os-hypervisors?hypervisor_hostname_pattern=in', '/os-hypervisors?marker=x',
         '/os-hypervisors/00000000-0000-4000-8000-000000000000?with_servers=true')


@ddt.ddt
class TestStockHypervisorsWithDownCell(base.HypervisorsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.nodes = self.cloud.fill(hypervisor_with_server_in_each_of_two_cells)
        self.cloud.load_cells()
        self.app = self.make_app(serve_stock_hypervisors=True)

    def make_cell_hang(self, cell: str, **options: Any) -> list[str]:
        """Make the queries of nova-ext to a cell hang, and return those that do."""
        self.app = self.make_app(cell_timeout=CELL_TIMEOUT)
        return self.enterContext(self.cloud.hanging(cell, for_nova=False, **options))

    def assert_same_as_in_nova(self, path: str, version: str = '2.90') -> int:
        """Assert that a response is Nova's and return its status."""
        path = path.format(self.nodes['cell1'])
        in_nova = self.get_from_nova(path, f'compute {version}')
        found = self.get(path, f'compute {version}')
        self.assertEqual((in_nova.status, in_nova.headerlist, in_nova.body),
                         (found.status, found.headerlist, found.body))
        return int(found.status_int)

    @ddt.data('cell1', 'cell2')
    def test_slow_cell_is_left_to_nova(self, cell: str) -> None:
        self.make_cell_hang(cell)
        statuses = [self.assert_same_as_in_nova(path) for path in PATHS]
        self.assertEqual([200, 200, 200, 200, 200, 200, 400, 404], statuses)
        self.assert_same_as_in_nova('/os-hypervisors/in/servers', '2.1')

    def test_cell_too_slow_for_the_servers_is_left_to_nova(self) -> None:
        self.make_cell_hang('cell2', table='instances')
        for path in PATHS:
            self.assert_same_as_in_nova(path)

    def test_cell_that_does_not_answer_is_waited_for_once(self) -> None:
        hung = self.make_cell_hang('cell1')
        for _ in range(3):
            self.assert_same_as_in_nova('/os-hypervisors')
            self.assertEqual(1, len(hung))

    @ddt.data('cell1', 'cell2')
    def test_failing_cell_fails_only_what_fails_in_nova(self, cell: str) -> None:
        self.cloud.break_cell(cell)
        statuses = [self.assert_same_as_in_nova(path) for path in PATHS]
        self.assertIn(500, statuses)
        # Nova does not go on to the second cell when the first has all that is wanted.
        self.assertEqual(cell == 'cell2', 200 in statuses)

    @ddt.data('2.1', '2.53')
    def test_service_record_without_uuid_is_as_in_nova(self, version: str) -> None:
        self.cloud.update_host('in-cell1', uuid=None)
        self.assert_same_as_in_nova('/os-hypervisors/detail', version)
