# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from sandbox import database
from sandbox.settings import Options
from tests.unit import base


class TestDatabases(base.TestCase):
    def test_snapshots_with_and_without_volumes_are_separate(self) -> None:
        plain, volumes = (database.snapshot('nova-34.0.0', Options(volumes=value))
                          for value in (False, True))
        self.assertNotEqual(plain, volumes)
        self.assertEqual(
            plain, database.snapshot('nova-34.0.0', Options(hosts=3, stock_api=True)))

    def test_cinder_has_a_database_only_with_volumes(self) -> None:
        self.assertEqual(
            {'cinder'}, set(Options(volumes=True).databases) - set(Options().databases))
