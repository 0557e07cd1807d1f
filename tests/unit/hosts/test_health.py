# SPDX-License-Identifier: Apache-2.0
"""The health of a host by its service record."""

from __future__ import annotations

import datetime
from typing import Any

import ddt

from nova_ext.db.record import Record
from nova_ext.hosts.health import Health, HealthCheck
from tests.fixtures import configuration
from tests.unit import base

LONG_AGO = datetime.datetime(2024, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)


def record(**columns: Any) -> Record:
    """A service record of a nova-compute that reports now, but for ``columns``."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return Record({
        'host': 'host1', 'binary': 'nova-compute', 'topic': 'compute', 'disabled': False,
        'forced_down': False, 'last_seen_up': now, 'updated_at': now, 'created_at': LONG_AGO,
        **columns})


@ddt.ddt
class TestHealthCheck(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(configuration.Configuration())

    @ddt.data(
        ({}, Health.UP),
        ({'disabled': True}, Health.UP),
        ({'forced_down': True}, Health.FORCED_DOWN),
        ({'last_seen_up': LONG_AGO}, Health.SILENT),
        ({'last_seen_up': LONG_AGO, 'disabled': True}, Health.SILENT),
        ({'last_seen_up': LONG_AGO, 'forced_down': True}, Health.FORCED_DOWN),
    )
    @ddt.unpack
    def test_health_follows_from_service_record(
            self, columns: dict[str, Any], health: Health) -> None:
        self.assertIs(health, HealthCheck().check(record(**columns)))

    def test_host_without_service_record_is_unrecorded(self) -> None:
        self.assertIs(Health.UNRECORDED, HealthCheck().check(None))
