# SPDX-License-Identifier: Apache-2.0
"""The samples of the diagnostics of many servers; see :mod:`tests.unit.api.test_samples`."""

from __future__ import annotations

from typing import Any

from nova_ext.api.views import host_diagnostics as host_diagnostics_view
from nova_ext.db.record import Record
from nova_ext.virt import capabilities
from tests.fixtures import figures
from tests.unit.api import samples_base

FAILURES = {'compute7': {'console_log': 0, 'metadata': 3}}


class TestHostDiagnosticsSamples(samples_base.SamplesTestCase):
    def make_entry(self, number: int, *, responding: bool = True) -> dict[str, Any]:
        """Make a server of a host, which runs and whose agent was not asked."""
        server = Record(
            uuid=f'6f9df6fb-0d8a-4a40-b6dc-5f3b1c6f7c6{number}', name=f'web-{number}',
            project_id='7f6a3c0f1d5e4b1f9a0b2c3d4e5f6071', host='compute7')
        known = figures.running()
        known.guest_agent = None
        if not responding:
            known.memory_details.used = None
            for disk in known.disk_details:
                for name in disk.fields:
                    if name.rpartition('_')[2] in ('bytes', 'requests', 'time'):
                        setattr(disk, name, None)
        return host_diagnostics_view.entry(
            server, capabilities.Found(responding=responding, diagnostics=known),
            samples_base.is_newest)

    def test_servers_of_a_hypervisor(self) -> None:
        self.assert_is_sample('host-diagnostics-show-resp.json', host_diagnostics_view.page(
            [self.make_entry(1), self.make_entry(2, responding=False)], {
                'rel': 'next',
                'href': 'http://openstack.example.com/v2.1/os-hypervisors/'
                        'b7f0f3f4-7f36-4f83-8c64-0d9c9c0d4c55/diagnostics?'
                        'marker=6f9df6fb-0d8a-4a40-b6dc-5f3b1c6f7c62&limit=2'},
            failures=FAILURES))

    def test_servers_of_all_hosts(self) -> None:
        self.assert_is_sample('host-diagnostics-list-resp.json', host_diagnostics_view.page(
            [self.make_entry(1)], {
                'rel': 'next',
                'href': 'http://openstack.example.com/v2.1/nova-ext/diagnostics?'
                        'marker=6f9df6fb-0d8a-4a40-b6dc-5f3b1c6f7c61&limit=1'},
            failures=FAILURES,
            missing={'compute9': 'nova-compute was last seen up at 2026-11-21T09:30:05Z'},
            down=samples_base.DOWN_CELLS))
