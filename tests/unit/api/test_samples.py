# SPDX-License-Identifier: Apache-2.0
"""The samples in the API reference are what the views make.

After an intended change, write them anew:
``REGENERATE=1 python -m stestr run tests.unit.api.test_samples``.
"""

from __future__ import annotations

import datetime
from typing import Any

import webob

from api_ref.ext import routes
from nova_ext.api import filter as nova_ext_filter
from nova_ext.api import microversions, router
from nova_ext.api.views import console_log as console_log_view
from nova_ext.api.views import diagnostics as diagnostics_view
from nova_ext.api.views import discovery as discovery_view
from nova_ext.api.views import down_cells as down_cells_view
from nova_ext.api.views import host_status as host_status_view
from nova_ext.api.views import hypervisors as hypervisors_view
from nova_ext.db.record import Record
from nova_ext.hosts.maintenance import Window
from nova_ext.hosts.reason import Reason
from nova_ext.hosts.status import HostState, HostStatus
from nova_ext.virt import capabilities
from tests.fixtures import configuration, figures, rpc
from tests.unit.api import samples_base

WINDOW = Window(
    start=datetime.datetime(2026, 12, 1, 2, tzinfo=datetime.timezone.utc),
    end=datetime.datetime(2026, 12, 1, 6, tzinfo=datetime.timezone.utc),
    reason='new switch')

SERVICE = Record(
    id=3, uuid='a1c4e6a8-27d5-4d4b-9d1d-6a8e4e6a1f3b', host='compute7', disabled=True,
    disabled_reason='new power supply', forced_down=False,
    last_seen_up=datetime.datetime(2026, 11, 21, 9, 30, 5))



class TestDiagnosticsSamples(samples_base.SamplesTestCase):
    def test_running_server(self) -> None:
        body = diagnostics_view.show(figures.running(), samples_base.is_newest)
        self.assert_is_sample('diagnostics-show-resp.json', body)

    def test_server_that_is_shut_off_has_null_for_what_only_a_process_has(self) -> None:
        body = diagnostics_view.show(figures.shut_off(), samples_base.is_newest)
        self.assert_is_sample('diagnostics-shutdown-resp.json', body)


class TestConsoleLogSamples(samples_base.SamplesTestCase):
    def test_part_of_a_log(self) -> None:
        self.assert_is_sample('console-log-show-resp.json', console_log_view.show(
            capabilities.LogPart(
                b'[    1.842] Run /init as init process\r\nweb1 login: ', 48213, 48264, 0)))


class TestGeneralSamples(samples_base.SamplesTestCase):
    def test_discovery_document(self) -> None:
        conf = self.useFixture(configuration.Configuration()).conf
        self.useFixture(rpc.Rpc(conf))
        self.assert_is_sample(
            'discovery-show-resp.json', discovery_view.show(routes.routes(conf)))

    def test_error_for_unsupported_version(self) -> None:
        def uncalled(environ: dict[str, Any], start_response: Any) -> Any:
            raise AssertionError('the request went to Nova')

        request = webob.Request.blank(
            '/servers/detail', headers={microversions.HEADER: 'nova-ext 1.99'})
        response = request.get_response(nova_ext_filter.Filter(uncalled, router.Router(())))
        self.assertEqual(406, response.status_int)
        self.assert_is_sample('error-resp.json', response.json)


class TestHostStatusSamples(samples_base.SamplesTestCase):
    def make_server(self) -> dict[str, Any]:
        """Make some of what Nova shows of a server, with what nova-ext adds."""
        server = {
            'id': '6f9df6fb-0d8a-4a40-b6dc-5f3b1c6f7c6e', 'name': 'web-1', 'status': 'ACTIVE'}
        state = HostState(HostStatus.MAINTENANCE, WINDOW)
        host_status_view.add(server, state)
        host_status_view.add_maintenance(server, state, with_reason=True)
        host_status_view.add_reason(server, Reason(
            disabled=True, disabled_reason='new power supply', forced_down=False, silent=True,
            last_seen_up=datetime.datetime(2026, 11, 21, 9, 30, 5), since=None))
        return server

    def test_server(self) -> None:
        self.assert_is_sample('host-status-show-resp.json', {'server': self.make_server()})

    def test_list_of_servers(self) -> None:
        body: dict[str, Any] = {'servers': [self.make_server()]}
        down_cells_view.add(body, samples_base.DOWN_CELLS)
        self.assert_is_sample('host-status-detail-resp.json', body)


class TestHypervisorSamples(samples_base.SamplesTestCase):
    def make_short_hypervisor(self, number: int, *, with_service: bool) -> dict[str, Any]:
        """Make what Nova shows in its short list, with what nova-ext adds."""
        shown = {'id': f'5f0e6a37-2f0e-4a7e-9c5b-8f5f2f0f8f1{number}', 'state': 'down',
                 'status': 'enabled', 'hypervisor_hostname': f'compute{number}.example'}
        node = Record(
            uuid=shown['id'], host=f'compute{number}', cell='cell1', mapped_cell='cell1',
            service=SERVICE if with_service else None)
        hypervisors_view.add_service(shown, node)
        hypervisors_view.add(
            shown, node, WINDOW if with_service else None, with_reason=True)
        return shown

    def make_hypervisor(self) -> dict[str, Any]:
        """Make what Nova shows of a hypervisor at compute 2.88, with what nova-ext adds."""
        hypervisor = {
            'id': 'b7f0f3f4-7f36-4f83-8c64-0d9c9c0d4c55',
            'hypervisor_hostname': 'compute7.example',
            'state': 'up', 'status': 'disabled', 'hypervisor_type': 'QEMU',
            'hypervisor_version': 7002000, 'host_ip': '192.0.2.7',
            'service': {'id': SERVICE.uuid, 'host': SERVICE.host,
                        'disabled_reason': SERVICE.disabled_reason},
            'uptime': ' 09:30:00 up 41 days,  2:12,  0 users,  load average: 0.20, 0.12, 0.14\n'}
        hypervisors_view.add(
            hypervisor, Record(service=SERVICE, cell='cell1', mapped_cell='cell1'), WINDOW,
            with_reason=True)
        return hypervisor

    def assert_is_list_sample(self, name: str, shown: list[dict[str, Any]]) -> None:
        body: dict[str, Any] = {'hypervisors': shown}
        down_cells_view.add(body, samples_base.DOWN_CELLS)
        self.assert_is_sample(name, body)

    def test_short_list(self) -> None:
        self.assert_is_list_sample('hypervisors-list-resp.json', [
            self.make_short_hypervisor(7, with_service=True),
            self.make_short_hypervisor(8, with_service=False)])

    def test_detailed_list(self) -> None:
        self.assert_is_list_sample('hypervisors-detail-resp.json', [self.make_hypervisor()])

    def test_hypervisor(self) -> None:
        self.assert_is_sample(
            'hypervisors-show-resp.json', {'hypervisor': self.make_hypervisor()})
