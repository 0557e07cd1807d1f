# SPDX-License-Identifier: Apache-2.0
"""Hosts that may be asked over RPC, and those that may not."""

from __future__ import annotations

import datetime
from typing import Any

import fixtures
from nova import exception as nova_exception
from nova import objects

from nova_ext import exception
from nova_ext.hosts import reachability
from tests.fixtures import configuration
from tests.unit import base, support

LONG_AGO = datetime.datetime(2024, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)


class TestReachability(base.TestCase):
    """There is one service record, :attr:`service`, of a nova-compute that is up."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(configuration.Configuration())
        objects.register_all()
        now = datetime.datetime.now(datetime.timezone.utc)
        self.service = objects.Service(
            host='host1', binary='nova-compute', topic='compute', disabled=False,
            forced_down=False, report_count=1, last_seen_up=now, updated_at=now,
            created_at=LONG_AGO)
        self.useFixture(fixtures.MockPatchObject(
            objects.Service, 'get_by_compute_host', self.get_service))
        self.hosts = reachability.ComputeHosts()

    def get_service(self, context: Any, host: str) -> Any:
        if host != self.service.host:
            raise nova_exception.ComputeHostNotFound(host=host)
        return self.service

    def assert_reachable(self, host: str) -> None:
        self.hosts.check_reachable(support.context(), host)

    def assert_unreachable(self, host: str, reason: str) -> None:
        with self.assert_raises(exception.ComputeHostUnavailable) as caught:
            self.hosts.check_reachable(support.context(), host)
        self.assertEqual(
            f'Compute host {host} is unavailable: {reason}.', str(caught.exception))

    def test_host_that_reported_recently_is_reachable(self) -> None:
        self.assert_reachable('host1')

    def test_disabled_host_that_is_up_is_reachable(self) -> None:
        self.service.disabled = True
        self.assert_reachable('host1')

    def test_host_forced_down_is_unreachable_although_it_reports(self) -> None:
        self.service.forced_down = True
        self.assert_unreachable('host1', 'an operator has forced it down')

    def test_host_not_seen_recently_is_unreachable_since_its_last_report(self) -> None:
        self.service.last_seen_up = LONG_AGO
        self.assert_unreachable('host1', 'nova-compute was last seen up at 2024-02-03T04:05:06Z')

    def test_host_that_never_reported_is_unreachable_since_its_registration(self) -> None:
        self.service.last_seen_up = self.service.updated_at = None
        self.assert_unreachable('host1', 'nova-compute was last seen up at 2024-02-03T04:05:06Z')

    def test_host_without_any_time_in_its_record_is_unreachable(self) -> None:
        self.service.last_seen_up = self.service.updated_at = self.service.created_at = None
        self.patch(
            self.hosts._health._servicegroup, 'service_is_up', lambda service: False)
        self.assert_unreachable('host1', 'nova-compute was last seen up at no known time')

    def test_host_without_record_is_unreachable(self) -> None:
        self.assert_unreachable('host2', 'it has no nova-compute service record')
