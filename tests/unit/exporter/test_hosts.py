# SPDX-License-Identifier: Apache-2.0
"""How hosts are, as the list of hypervisors tells."""

from __future__ import annotations

import ddt

from tests.fixtures.exported_cloud import Host
from tests.unit.exporter import base
from tests.unit.openmetrics import parsing


@ddt.ddt
class TestStatus(base.ExporterTestCase):
    def statuses(self, **values: object) -> dict[str, float]:
        """Return what is told of a host."""
        self.cloud.hosts = {'compute1': Host([], values)}
        self.prepare()
        self.refresher.refresh()
        return {dict(labels)['status']: value for labels, value in parsing.values(
            self.scrape(), 'nova_host_status').items()}

    @ddt.data(
        ({}, {}), ({'state': 'down', 'forced_down': True}, {'up': 0, 'forced_down': 1}),
        ({'status': 'disabled'}, {'disabled': 1}),
        ({'maintenance': {'start': None, 'end': None}}, {'maintenance': 1}))
    @ddt.unpack
    def test_status_of_a_host(
            self, values: dict[str, object], others: dict[str, float]) -> None:
        well = {'up': 1.0, 'forced_down': 0.0, 'disabled': 0.0, 'maintenance': 0.0}
        self.assertEqual({**well, **others}, self.statuses(**values))

    def test_what_is_not_known_is_left_out(self) -> None:
        self.assertEqual({'up': 0, 'maintenance': 0}, self.statuses(
            state='down', service=None, forced_down=None, status=None, last_seen_up=None))
        self.assertEqual({}, parsing.values(
            self.scrape(), 'nova_host_last_seen_up_timestamp_seconds'))

    def test_last_seen_is_a_time(self) -> None:
        self.statuses()
        self.assertEqual(1795253405, self.value(
            'nova_host_last_seen_up_timestamp_seconds', host='compute1'))
