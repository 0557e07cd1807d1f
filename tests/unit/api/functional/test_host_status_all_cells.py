# SPDX-License-Identifier: Apache-2.0
"""``down_cells`` in every list of servers, from nova-ext 1.2."""

from __future__ import annotations

import ddt

from tests.unit import support
from tests.unit.api.functional import base

VERSION = 'compute 2.1, nova-ext 1.2'


@ddt.ddt
class TestDownCells(base.TestCase):
    PATHS = ('/servers', '/servers?all_tenants=1', '/servers/detail?all_tenants=1',
             '/servers?host_status=UP')

    def setUp(self) -> None:
        super().setUp()
        self.cloud.add_cell()
        self.cloud.add_host('host', cell='cell2')
        self.cloud.add_server('host', cell='cell2')
        self.cloud.load_cells()

    @ddt.data('2.1', '2.69', 'latest')
    def test_no_cell_is_named_when_all_answer(self, compute: str) -> None:
        for path in self.PATHS:
            body = self.get_json(path, f'compute {compute}, nova-ext 1.2')
            self.assertEqual({}, body['down_cells'])

    @ddt.data('2.1', '2.69', 'latest')
    def test_cell_is_named_when_it_does_not_answer(self, compute: str) -> None:
        self.cloud.break_cell('cell2')
        for path in self.PATHS:
            body = self.get_json(path, f'compute {compute}, nova-ext 1.2')
            self.assertEqual({self.cloud.cells['cell2'].uuid: 'cell2'}, body['down_cells'])

    def test_member_is_not_told(self) -> None:
        for path in ('/servers', '/servers/detail'):
            self.assertNotIn(
                'down_cells', self.get_json(path, VERSION, context=support.context()))
