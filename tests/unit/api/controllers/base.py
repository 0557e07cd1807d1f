# SPDX-License-Identifier: Apache-2.0
"""A controller of diagnostics whose Nova and compute hosts are fakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import webob
from nova import exception as nova_exception
from nova.compute import api as nova_compute

from nova_ext import exception, policy
from nova_ext.api import filter as nova_ext_filter
from nova_ext.api import router
from nova_ext.api.controllers import diagnostics as controller
from nova_ext.hosts import reachability
from nova_ext.objects import diagnostics
from tests.fixtures import configuration
from tests.unit import base, support


class FakeNovaAPI:
    """Nova's compute API with one server, or an error instead of any."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.error: Optional[Exception] = None
        self.fetched: list[tuple[str, list[str]]] = []

    def _get_instance(self, context: Any, server_id: str, expected_attrs: list[str]) -> Any:
        self.fetched.append((server_id, expected_attrs))
        if self.error is not None:
            raise self.error
        if server_id != self.server.uuid:
            raise nova_exception.InstanceNotFound(instance_id=server_id)
        return self.server


class FakeHosts:
    """Service records, which are all up unless :attr:`down` gives a reason."""

    def __init__(self) -> None:
        self.down: Optional[str] = None

    def check_reachable(self, context: Any, host: str) -> None:
        if self.down is not None:
            raise exception.ComputeHostUnavailable(host, self.down)


class FakeComputeHost:
    """A compute host that answers, or raises."""

    def __init__(self) -> None:
        #: Context and instance of each call.
        self.calls: list[tuple[Any, Any]] = []
        #: The version of the object that each asked for.
        self.versions: list[str] = []
        self.answer: Callable[[], diagnostics.Diagnostics] = make_diagnostics

    def get_diagnostics(
            self, context: Any, instance: Any, version: str) -> diagnostics.Diagnostics:
        self.calls.append((context, instance))
        self.versions.append(version)
        return self.answer()


def make_diagnostics() -> diagnostics.Diagnostics:
    """Make the diagnostics of a running server."""
    return diagnostics.Diagnostics(
        state='running', driver='libvirt', hypervisor='kvm', hypervisor_os='debian', uptime=7,
        num_cpus=1, num_nics=1, num_disks=1,
        cpu_details=[diagnostics.CpuDiagnostics(id=0, time=17, utilisation=15)],
        nic_details=[diagnostics.NicDiagnostics(
            mac_address='fa:16:3e:00:00:01', rx_octets=1, rx_errors=2, rx_drop=3, rx_packets=4,
            rx_rate=5, tx_octets=6, tx_errors=7, tx_drop=8, tx_packets=9, tx_rate=None)],
        disk_details=[diagnostics.DiskDiagnostics(
            read_bytes=1, read_requests=2, write_bytes=3, write_requests=4, errors_count=None)],
        memory_details=diagnostics.MemoryDiagnostics(maximum=128, used=40),
        config_drive=False)


def _unreachable(environ: Any, start_response: Any) -> Any:
    raise AssertionError('the request went to Nova')


class DiagnosticsTestCase(base.TestCase):
    """The filter with the real controller and policy over fakes of everything else."""

    def setUp(self) -> None:
        super().setUp()
        conf = self.useFixture(configuration.Configuration()).conf
        self.policy_file = self.useFixture(configuration.PolicyFile(conf)).path
        self.policy_file.write_text('{}')
        self.server = support.instance()
        self.nova = FakeNovaAPI(self.server)
        self.hosts = FakeHosts()
        self.compute_host = FakeComputeHost()
        self.patch(nova_compute, 'API', lambda: self.nova)
        self.patch(reachability, 'ComputeHosts', lambda: self.hosts)
        client: Any = self.compute_host
        routes = controller.DiagnosticsController(conf, policy.Policy(conf), client).routes()
        self.filter = nova_ext_filter.Filter(_unreachable, router.Router(routes))

    def show(
            self, server_id: Optional[str] = None, context: Any = None,
            query: str = '', version: str = '1.0') -> webob.Response:
        """Request the diagnostics of a server, as an administrator by default."""
        request = webob.Request.blank(
            f'/servers/{server_id or self.server.uuid}/diagnostics{query}',
            headers={'OpenStack-API-Version': f'compute 2.90, nova-ext {version}'})
        request.environ['nova.context'] = context or support.admin()
        return request.get_response(self.filter)

    def read_error(self, response: webob.Response, status: int) -> str:
        """Return the message of an error, which must have that status."""
        self.assertEqual(status, response.status_int, response.body)
        content, = response.json_body.values()
        return str(content['message'])
