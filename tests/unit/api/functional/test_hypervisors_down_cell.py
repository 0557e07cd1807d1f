# SPDX-License-Identifier: Apache-2.0
"""``/os-hypervisors`` when a cell does not answer any more."""

from __future__ import annotations

import itertools
import time
from contextlib import AbstractContextManager
from typing import Any

import ddt

from tests.fixtures import nova_cloud
from tests.unit.api.functional import base

VERSION_1_0 = 'compute 2.53, nova-ext 1.0'
VERSION_1_1 = 'compute 2.53, nova-ext 1.1'

#: Seconds that requests wait for the cell that hangs.
CELL_TIMEOUT = 0.2


def hypervisor_in_each_of_two_cells(cloud: nova_cloud.NovaCloud) -> dict[str, str]:
    """Add a hypervisor in each of two cells."""
    cloud.add_cell()
    return {cell: cloud.add_hypervisor(f'in-{cell}', cell=cell) for cell in ('cell1', 'cell2')}


@ddt.ddt
class TestHypervisorsWithDownCell(base.HypervisorsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.nodes = self.cloud.fill(hypervisor_in_each_of_two_cells)
        self.cloud.load_cells()

    def make_first_cell_hang(self, **options: Any) -> AbstractContextManager[list[str]]:
        """Have queries to ``cell1`` hang until the block ends; yield those that do."""
        self.app = self.make_app(cell_timeout=CELL_TIMEOUT)
        return self.cloud.hanging('cell1', **options)

    def take_down_first_cell(self, how: str) -> None:
        """Have ``cell1`` fail or hang."""
        if how == 'fails':
            self.cloud.break_cell('cell1')
        else:
            self.enterContext(self.make_first_cell_hang())

    @ddt.data('fails', 'hangs')
    def test_other_cells_are_listed_and_the_cell_is_named(self, how: str) -> None:
        self.take_down_first_cell(how)
        for path, version in itertools.product([
                '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors?limit=1',
                '/os-hypervisors?hypervisor_hostname_pattern=in',
                '/os-hypervisors/detail?with_servers=true', '/os-hypervisors?state=up',
                '/os-hypervisors/detail?status=enabled'], [VERSION_1_0, VERSION_1_1]):
            if version == VERSION_1_0 and 'stat' in path:
                continue
            body = self.get_json(path, version)
            self.assertEqual(['in-cell2'], self.names_of(body))
            self.assertEqual({self.cloud.cells['cell1'].uuid: 'cell1'}, body['down_cells'])

    @ddt.data('fails', 'hangs')
    def test_list_is_refused_where_nova_is_configured_to(self, how: str) -> None:
        self.conf.set_override('list_records_by_skipping_down_cells', False, 'api')
        self.take_down_first_cell(how)
        for path in ('/os-hypervisors', '/os-hypervisors/detail?state=down'):
            response = self.get(path, VERSION_1_1)
            self.assertEqual(503, response.status_int)
            self.assertEqual(
                'These cells are not responding: cell1. This API is configured not to return '
                'lists without them.', response.json_body['serviceUnavailable']['message'])

    def test_number_that_another_hypervisor_may_have_is_unavailable(self) -> None:
        """Only with the cell up it is known to be the first of two."""
        self.assertEqual(['in-cell2'], self.list_names(
            '/os-hypervisors?marker=1', 'compute 2.33, nova-ext 1.1'))
        self.take_down_first_cell('fails')
        for path in ('/os-hypervisors/1', '/os-hypervisors?marker=1',
                     '/os-hypervisors?state=up&marker=1'):
            response = self.get(path, 'compute 2.33, nova-ext 1.1')
            self.assertEqual(503, response.status_int)

    def test_hypervisors_whose_servers_are_not_read_are_left_out(self) -> None:
        for cell in ('cell1', 'cell2'):
            self.cloud.add_server(f'in-{cell}', cell=cell)
        self.enterContext(self.make_first_cell_hang(table='instances'))
        body = self.get_json('/os-hypervisors?with_servers=true', VERSION_1_1)
        self.assertEqual(['in-cell2'], self.names_of(body))
        self.assertEqual({self.cloud.cells['cell1'].uuid: 'cell1'}, body['down_cells'])

    def test_hypervisor_whose_servers_are_not_read_is_unavailable(self) -> None:
        self.enterContext(self.make_first_cell_hang(table='instances'))
        response = self.get(
            f'/os-hypervisors/{self.nodes["cell1"]}?with_servers=true', VERSION_1_1)
        self.assertEqual(503, response.status_int)
        self.assert_matches(r'is in a cell that does not answer now: cell1\.$',
                            response.json_body['serviceUnavailable']['message'])

    @ddt.data('fails', 'hangs')
    def test_hypervisor_that_may_be_in_the_cell_is_unavailable(self, how: str) -> None:
        self.take_down_first_cell(how)
        for path in ('/os-hypervisors/{}', '/os-hypervisors?marker={}',
                     '/os-hypervisors/detail?marker={}', '/os-hypervisors?state=up&marker={}',
                     '/os-hypervisors?hypervisor_hostname_pattern=in-cell1'):
            response = self.get(path.format(self.nodes['cell1']), VERSION_1_1)
            self.assertEqual(503, response.status_int)
            self.assert_matches(
                r'It may be in a cell that does not answer now: cell1\.$',
                response.json_body['serviceUnavailable']['message'])

    @ddt.data('fails', 'hangs')
    def test_hypervisor_in_another_cell_is_found(self, how: str) -> None:
        self.take_down_first_cell(how)
        for path in ('/os-hypervisors/{}', '/os-hypervisors?marker={}'):
            self.get_json(path.format(self.nodes['cell2']), VERSION_1_1)

    def test_hanging_cell_is_waited_for_once_and_is_back_when_it_answers(self) -> None:
        with self.make_first_cell_hang() as hung:
            began = time.monotonic()
            self.assertEqual(['in-cell2'], self.list_names('/os-hypervisors', VERSION_1_1))
            self.assertLessEqual(CELL_TIMEOUT, time.monotonic() - began)
            for _ in range(3):
                self.assertEqual(['in-cell2'], self.list_names('/os-hypervisors', VERSION_1_1))
            self.assertEqual(1, len(hung))
        self.assert_eventually(lambda: self.list_names('/os-hypervisors', VERSION_1_1) == [
            'in-cell1', 'in-cell2'])
