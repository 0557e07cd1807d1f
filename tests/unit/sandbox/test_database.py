# SPDX-License-Identifier: Apache-2.0
"""Snapshots of the sandbox's databases."""

from __future__ import annotations

from sandbox import database
from sandbox.settings import Options
from tests.unit import base


class TestDatabases(base.TestCase):
    def test_snapshots_with_and_without_other_services_are_separate(self) -> None:
        plain, volumes, ironic = (database.snapshot('nova-34.0.0', options) for options in (
            Options(), Options(volumes=True), Options(ironic=True)))
        self.assertEqual(3, len({plain, volumes, ironic}))
        self.assertEqual(
            plain, database.snapshot('nova-34.0.0', Options(hosts=3, stock_api=True)))

    def test_other_services_have_a_database_only_where_they_are(self) -> None:
        self.assertEqual(
            {'cinder'}, set(Options(volumes=True).databases) - set(Options().databases))
        self.assertEqual(
            {'ironic'}, set(Options(ironic=True).databases) - set(Options().databases))
