# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests in a cloud with one more host, on which ironic has machines.

    sandbox/stack up --hosts 1 --ironic

What ironic says of them is read by openstacksdk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox import state
from sandbox.client import bare_metal
from sandbox.client.api import Api
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.populate import ironic


@pytest.fixture(scope='session')
def ironic_host(cloud: state.State) -> ComputeHost:
    """The host whose nova-compute drives ironic."""
    if cloud.options.ironic_host is None:
        pytest.skip('THE CLOUD HAS NO IRONIC: start it with --ironic.')
    return ComputeHost(cloud.options.ironic_host)


@pytest.fixture(scope='session')
def proxy(ironic_host: ComputeHost) -> Any:
    """openstacksdk's proxy for ironic, as the administrator of the system."""
    return bare_metal.connect()


@pytest.fixture(scope='session')
def boot_metal(
        api: Api, ironic_host: ComputeHost, proxy: Any) -> Iterator[Callable[..., Guest]]:
    """A function that boots a server on a machine, which runs then; both stay until the end.

    A machine whose server was deleted is not to be had before nova-compute has looked at it again.
    """
    with contextlib.ExitStack() as deletions:
        def boot_server(machine: str, **fields: Any) -> Guest:
            node = proxy.find_node(machine, ignore_missing=False)
            server = Guest.boot(
                api, flavor=ironic.FLAVOR, wait=False, **fields,
                availability_zone=f'nova:{ironic_host.name}:{node.id}')
            deletions.callback(server.delete)
            server.wait_status('ACTIVE')
            # An agent that deploys leaves the machine on; nobody has deployed anything here.
            server.act('reboot', {'type': 'HARD'}, until='ACTIVE')
            return server

        yield boot_server


@pytest.fixture(scope='session')
def server(boot_metal: Callable[..., Guest]) -> Guest:
    """A server on an inspected machine, with a configuration drive."""
    return boot_metal(ironic.INSPECTED[0], config_drive=True)


@pytest.fixture(scope='session')
def machine(api: Api, server: Guest, proxy: Any) -> bare_metal.Machine:
    """The machine that it is on."""
    [node] = proxy.nodes(instance_id=server.id)
    assert server.show()['OS-EXT-SRV-ATTR:hypervisor_hostname'] == node.id
    return bare_metal.Machine(proxy, node.id)
