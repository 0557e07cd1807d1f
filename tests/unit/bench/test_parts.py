# SPDX-License-Identifier: Apache-2.0
"""The parts of ``make bench``."""

from __future__ import annotations

import bench.__main__ as command
from sandbox import state
from tests.unit import base


class TestParts(base.TestCase):
    def test_unknown_part_is_refused_before_a_cloud_is_brought_up(self) -> None:
        self.patch(state, 'load', self.fail)
        printed = self.capture_output('stderr')
        self.assertEqual(2, command.main(['driver', 'nothing']))
        self.assertIn('driver, host, api, lists, migration', printed.getvalue())
