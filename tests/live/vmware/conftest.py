# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests in a cloud with one more host, on which VMware runs servers.

    sandbox/stack up --hosts 1 --vmware

What vCenter says of them is read by pyVmomi, which is in the environment of the stage ``drivers``
alone: what needs it is imported when it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import settings, state
from sandbox.client.api import wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest

if TYPE_CHECKING:
    from tests.vmware.vcenter import Vcenter


@pytest.fixture(scope='module')
def vmware_host(cloud: state.State) -> ComputeHost:
    """The host with VMware."""
    if cloud.options.vmware_host is None:
        pytest.skip('THE CLOUD HAS NO VMWARE: start it with --vmware.')
    return ComputeHost(cloud.options.vmware_host)


@pytest.fixture(scope='module')
def vcenter(vmware_host: ComputeHost) -> Vcenter:
    """Its vCenter, as another client than Nova sees it."""
    from tests.vmware.vcenter import Vcenter

    pid = vmware_host.service('vcsim').pid()
    assert pid is not None
    return Vcenter(vmware_host.ip, settings.VCENTER_PORT, pid)


@pytest.fixture(scope='module')
def boot_vmware(boot: Callable[..., Guest], vmware_host: ComputeHost) -> Callable[..., Guest]:
    """A function that boots a server on VMware."""
    def boot_server(**fields: Any) -> Guest:
        server = boot(host=vmware_host.number, image='iso', flavor='duo', wait=False, **fields)
        server.wait_status('ACTIVE')
        return server

    return boot_server


@pytest.fixture(scope='module')
def server(boot_vmware: Callable[..., Guest]) -> Guest:
    """A server on VMware, with two vCPUs, a disk and a port."""
    return boot_vmware()


@pytest.fixture
def running(server: Guest, vcenter: Vcenter) -> dict[str, Any]:
    """What is to be said of it while it runs, but for its uptime."""
    from tests.vmware import expected

    machine = vcenter.machine(server.id)
    wait_for('vCenter has measured', lambda: machine.summary.quickStats.uptimeSeconds)
    return expected.of_running(vcenter, machine)
