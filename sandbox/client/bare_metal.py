"""Machines of ironic's, over a connection of openstacksdk's: enrolled, inspected, deployed."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox import ironic, settings

#: Seconds that anything may take.
TIMEOUT = 120

#: The version of ironic's API in which an agent posts what it has found.
AGENT = '1.84'

_numbers = itertools.count(1)


class Machine:
    """A node, with its ports."""

    def __init__(self, proxy: Any, node_id: str) -> None:
        """Know it.

        :param proxy: openstacksdk's for the bare metal service
        """
        self.proxy = proxy
        self.id = node_id

    @classmethod
    def enroll(
            cls, proxy: Any, *, addresses: Iterable[str] = (), resource_class: str = 'baremetal',
            properties: Mapping[str, object] | None = None, name: str | None = None) -> Machine:
        """Make ironic know a machine, and have it managed.

        :param addresses: MAC addresses, a port for each
        """
        node = proxy.create_node(
            **ironic.INTERFACES, name=name, resource_class=resource_class,
            properties=dict(properties or {}))
        for address in addresses:
            proxy.create_port(node_id=node.id, address=address)
        proxy.set_node_provision_state(node.id, 'manage', wait=True, timeout=TIMEOUT)
        return cls(proxy, node.id)

    @property
    def node(self) -> Any:
        """As openstacksdk shows it, openstack.baremetal.v1.node.Node."""
        return self.proxy.get_node(self.id)

    @property
    def addresses(self) -> list[str]:
        """The MAC addresses of its ports, in ironic's order."""
        return [port.address for port in self.proxy.ports(node_id=self.id)]

    @property
    def inventory(self) -> Any:
        """What its inspection has found."""
        answer = self.proxy.get(f'/nodes/{self.id}/inventory', microversion='1.81')
        answer.raise_for_status()
        return answer.json()['inventory']

    def inspect(self, inventory: Mapping[str, Any]) -> None:
        """Have it inspected, and post as its agent what there is."""
        self.proxy.set_node_provision_state(self.id, 'inspect')
        self._wait(lambda node: node.provision_state == 'inspect wait')
        # The agent knows its node by a port's address.
        answer = self.proxy.post(
            '/continue_inspection', json={'inventory': inventory}, microversion=AGENT)
        answer.raise_for_status()
        self._wait(lambda node: node.provision_state == 'manageable')

    def provide(self) -> None:
        """Have it taken by whoever wants it."""
        self.set_power('power off')  # the state of one that is pretended is unknown until then
        self.proxy.set_node_provision_state(self.id, 'provide', wait=True, timeout=TIMEOUT)

    def deploy(self, config_drive: str | None = None) -> str:
        """Put a server on it, as Nova does, and switch it on; return the server's UUID."""
        server = str(uuid.uuid4())
        self.proxy.update_node(self.id, instance_id=server)
        self.proxy.set_node_provision_state(
            self.id, 'active', config_drive=config_drive, wait=True, timeout=TIMEOUT)
        self.set_power('power on')
        return server

    def set_power(self, state: str) -> None:
        """Switch it ``power on`` or ``power off``."""
        self.proxy.set_node_power_state(self.id, state)
        self._wait(lambda node: node.power_state == state)

    def _wait(self, condition: Callable[[Any], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT
        while not condition(node := self.node):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f'{node.provision_state}, {node.power_state}, {node.last_error}')
            time.sleep(0.2)


def connect() -> Any:
    """The proxy of openstacksdk for the cloud's ironic, as the administrator of the system."""
    import openstack

    return openstack.connection.Connection(
        auth_url=settings.ENDPOINTS['keystone'], username='admin', password=settings.PASSWORD,
        user_domain_id='default', system_scope='all', region_name=settings.REGION).baremetal


def add_available(proxy: Any, resource_class: str) -> str:
    """Make ironic know a machine that can be had at once; return its UUID.

    The oldest versions of the API have no steps before that.
    """
    answer = proxy.post(
        '/nodes', json={'driver': ironic.INTERFACES['driver']}, microversion='1.10')
    answer.raise_for_status()
    node = str(answer.json()['uuid'])
    proxy.update_node(node, resource_class=resource_class)
    return node


def new_address() -> str:
    """A MAC address that no other machine of this process has."""
    return f'52:54:00:{uuid.uuid4().hex[:2]}:{next(_numbers) % 256:02x}:{uuid.uuid4().hex[:2]}'


def make_inventory(
        addresses: Iterable[str], *, cpus: int, memory: int, disks: int) -> dict[str, Any]:
    """What an agent posts.

    :param addresses: of its interfaces
    :param memory: MiB
    """
    interfaces: list[dict[str, Any]] = [
        {'name': f'eth{number}', 'mac_address': address, 'ipv4_address': None, 'lldp': [],
         'has_carrier': True} for number, address in enumerate(addresses)]
    return {
        'cpu': {'count': cpus, 'architecture': 'x86_64', 'model_name': 'invented', 'flags': []},
        'memory': {'physical_mb': memory, 'total': memory * 2 ** 20},
        'disks': [{'name': f'/dev/sd{letter}', 'size': 10 ** 12}
                  for letter in 'abcdefgh'[:disks]],
        'interfaces': interfaces,
        'boot': {'current_boot_mode': 'uefi', 'pxe_interface': interfaces[0]['mac_address']},
        'system_vendor': {'manufacturer': 'nobody', 'product_name': 'nothing'},
        'bmc_address': '0.0.0.0', 'hostname': 'machine'}  # noqa: S104
