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
        self.conf = self.useFixture(configuration.Configuration()).conf

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

    @ddt.data(
        ({}, False), ({'forced_down': True}, False), ({'last_seen_up': LONG_AGO}, True),
        ({'last_seen_up': LONG_AGO, 'forced_down': True}, True))
    @ddt.unpack
    def test_silence_is_told_of_hosts_that_are_forced_down_too(
            self, columns: dict[str, Any], silent: bool) -> None:
        service = record(**columns)
        self.assertIs(silent, HealthCheck().is_silent(service))
        self.assertEqual(columns.get('forced_down', False), service.forced_down)

    @ddt.data(('db', LONG_AGO), ('mc', None))
    @ddt.unpack
    def test_last_report_is_in_the_record_where_nova_writes_it_there(
            self, driver: str, expected: Any) -> None:
        health = HealthCheck()
        self.conf.set_override('servicegroup_driver', driver)
        for seen in (LONG_AGO, LONG_AGO.replace(tzinfo=None)):
            self.assertEqual(expected, health.last_seen_up(record(last_seen_up=seen)))
        self.assertIsNone(health.last_seen_up(record(last_seen_up=None)))

    def test_host_without_service_record_is_unrecorded(self) -> None:
        self.assertIs(Health.UNRECORDED, HealthCheck().check(None))
