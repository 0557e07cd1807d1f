# SPDX-License-Identifier: Apache-2.0
"""What is measured of the exporter, with a cloud that is small."""

from __future__ import annotations

from bench import exporter
from tests.unit import base


class TestExporter(base.TestCase):
    def test_all_servers_are_read_and_the_process_is_looked_at(self) -> None:
        self.patch(exporter, 'ROUNDS', 2)
        self.patch(exporter, 'SCRAPES', 1)
        self.capture_output('stderr')
        found = exporter.measure(3, 2, 1)
        self.assertEqual((3, 6), found[:2])
        self.assertGreater(found.series, 6 * 30)
        self.assertLess(found.size, found.plain_size)
        self.assertTrue(all(value >= 0 for value in found))
        self.assertGreater(found.memory, 10)
