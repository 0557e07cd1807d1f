# SPDX-License-Identifier: Apache-2.0
"""A host with many hypervisors, each of which is asked about on its own."""

from __future__ import annotations

from typing import Any

from nova_ext.cli import client
from nova_ext.exporter import hosts, refresher
from tests.fixtures import clock
from tests.fixtures.exported_cloud import Host
from tests.fixtures.fake_keystone import Answer
from tests.unit.exporter import base
from tests.unit.openmetrics import entries


class TestNodes(base.ExporterTestCase):
    def add_nodes(self, **fail: Any) -> None:
        """Add a host with three bare metal nodes, some of which fail."""
        for name in ('node1', 'node2', 'node3'):
            self.cloud.hosts[name] = Host(
                [entries.make_entry(f'on-{name}', host='metal')],
                {'service': {'id': 's3', 'host': 'metal'}}, fail=fail.get(name))

    def test_node_that_was_removed_does_not_hide_the_others(self) -> None:
        gone: Answer = (404, {'itemNotFound': {'message': 'No such hypervisor.'}}, {})
        self.add_nodes(node1=lambda: gone)
        self.prepare()
        self.refresher.refresh()
        self.assertEqual([None, 1, 1, 1], [
            *(self.value('nova_server_up', server=f'on-node{number}') for number in (1, 2, 3)),
            self.value('nova_ext_exporter_host_up', host='metal')])

    def test_host_whose_nodes_were_all_removed_is_not_called_read(self) -> None:
        self.add_nodes(**dict.fromkeys(('node1', 'node2', 'node3'), lambda: (404, {}, {})))
        self.prepare()
        self.refresher.refresh()
        self.assertEqual(1, self.value(
            'nova_ext_exporter_failures_total', host='metal', reason='http_404'))

    def test_no_further_node_is_asked_when_the_time_is_over(self) -> None:
        now = self.useFixture(clock.Clock(refresher))

        def take_long() -> Answer:
            now.now += 2
            return 200, {'diagnostics': []}, {}

        self.add_nodes(node1=take_long)
        self.prepare()
        asking = client.Client(self.refresher._adapter, 5)
        asking.negotiate(client.HYPERVISOR_DIAGNOSTICS)
        host = hosts.Host('metal', ('id-node1', 'id-node2', 'id-node3'), {})
        with self.assert_raises(TimeoutError, '^1 of 3 hypervisors were read in time$'):
            self.refresher._ask(asking, host, now.now + 1)
