# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import datetime
from typing import Any

import ddt

from nova_ext.db.record import Record
from nova_ext.hosts.health import Health, HealthCheck
from tests.fixtures import configuration
from tests.unit import base

NOW = datetime.datetime.now(datetime.timezone.utc)
LONG_AGO = datetime.datetime(2024, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)


def record(**columns: Any) -> Record:
    """A service record of a nova-compute that is up, but for ``columns``."""
    return Record({
        'host': 'host1', 'binary': 'nova-compute', 'topic': 'compute', 'disabled': False,
        'forced_down': False, 'last_seen_up': NOW, 'updated_at': NOW, 'created_at': LONG_AGO,
        **columns})


@ddt.ddt
class TestHealthCheck(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(configuration.Configuration())

    @ddt.data(
        (record(), Health.UP),
        (record(disabled=True), Health.UP),
        (record(forced_down=True), Health.FORCED_DOWN),
        (record(last_seen_up=LONG_AGO), Health.SILENT),
        (record(last_seen_up=LONG_AGO, disabled=True), Health.SILENT),
        (record(last_seen_up=LONG_AGO, forced_down=True), Health.FORCED_DOWN),
        (None, Health.UNRECORDED),
    )
    @ddt.unpack
    def test_health_follows_from_service_record(self, service: Any, health: Health) -> None:
        self.assertIs(health, HealthCheck().check(service))
