# SPDX-License-Identifier: Apache-2.0
"""What a libvirt domain's XML tells about a guest."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import Optional

from lxml import etree

from nova_ext.virt.libvirt import documents
from nova_ext.virt.libvirt.metadata import element

#: Bytes in libvirt's units of memory (those that libvirt itself writes, and their like).
_MEMORY_UNITS = {'b': 1, 'bytes': 1, 'KiB': 2**10, 'k': 2**10, 'MiB': 2**20, 'M': 2**20,
                 'GiB': 2**30, 'G': 2**30}

_MIB = 2**20

#: How the file, block device or RBD image of a configuration drive ends in Nova's naming.
_CONFIG_DRIVE_SUFFIXES = ('disk.config', 'disk.config.rescue')

#: The channel that a guest's agent listens on, by QEMU's convention; Nova makes it where the image
#: has ``hw_qemu_guest_agent``.
_AGENT = 'org.qemu.guest_agent.0'

#: What ``<boot dev>`` of the operating system calls the kinds of disks.
_BOOT_NAMES = {'disk': 'hd', 'lun': 'hd', 'cdrom': 'cdrom', 'floppy': 'fd'}


@dataclasses.dataclass(frozen=True)
class Nic:
    """One ``<interface>``."""

    #: Lower case with colons; None when the XML has none.
    mac_address: Optional[str]
    #: The host's device that carries its traffic; None when there is none, as for SR-IOV.
    device: Optional[str]
    #: Whether Open vSwitch alone has its counters, so that libvirt runs a command for them.
    vhost_user: bool = False
    #: UUID of its port where the XML has it, as for Open vSwitch.
    port_id: Optional[str] = None


@dataclasses.dataclass(frozen=True)
class Disk:
    """One ``<disk>``."""

    #: Its target, such as ``vda``; empty when the XML has none.
    device: str
    #: What it is attached to, such as ``virtio``.
    bus: Optional[str] = None
    #: The serial number that the guest sees; Nova gives a volume's disk the volume's UUID.
    serial: Optional[str] = None
    #: The file, block device or image that it is.
    source: str = ''
    #: Its place, from 0, among what the guest is booted from; None: it is not.
    boot_index: Optional[int] = None

    @property
    def is_config_drive(self) -> bool:
        """Whether it is Nova's configuration drive."""
        return self.source.endswith(_CONFIG_DRIVE_SUFFIXES)


@dataclasses.dataclass(frozen=True)
class Domain:
    """The parts of the XML that diagnostics need."""

    #: libvirt's number of the running domain, another one for each start; 0: it does not run.
    id: int
    name: str
    #: The domain's type, such as ``kvm``.
    hypervisor: Optional[str]
    #: The numbers of the vCPUs that are plugged in, which may leave some out.
    cpus: tuple[int, ...]
    #: Memory that the guest was given, in MiB.
    memory_mib: Optional[int]
    #: Each disk in document order.
    disks: tuple[Disk, ...]
    #: Each NIC in document order.
    nics: tuple[Nic, ...]
    #: Seconds between the balloon's statistics; None when they are not collected.
    balloon_period: Optional[int]
    #: Whether an agent in the guest has opened its channel; None: there is no channel for one, or
    #: the guest does not run.
    agent: Optional[bool]
    #: What nova-ext has noted in the domain of the server's volumes and ports.
    volumes: tuple[element.Volume, ...]
    ports: tuple[element.Port, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """The target of each disk, such as ``vda``."""
        return tuple(disk.device for disk in self.disks)


@functools.lru_cache(maxsize=512)  # a guest's XML changes seldom
def parse(xml: str) -> Domain:
    """Read a domain's XML.

    :param xml: as libvirt gives it
    :raises lxml.etree.XMLSyntaxError: it is not XML
    """
    root = documents.parse(xml)
    noted = element.find(root)
    return Domain(
        id=int(root.get('id', 0)),
        name=root.findtext('./name', ''),
        hypervisor=root.get('type'),
        cpus=_cpus(root),
        memory_mib=_memory_mib(root.find('./memory')),
        disks=tuple(_disks(root)),
        nics=tuple(_nic(nic) for nic in root.findall('./devices/interface')),
        balloon_period=_balloon_period(root),
        agent=_agent(root),
        volumes=element.get_volumes(noted),
        ports=element.get_ports(noted),
    )


def _cpus(root: etree._Element) -> tuple[int, ...]:
    named = root.findall('./vcpus/vcpu')
    if named:
        return tuple(int(vcpu.get('id', 0)) for vcpu in named if vcpu.get('enabled') == 'yes')
    vcpu = root.find('./vcpu')
    if vcpu is None:
        return (0,)  # libvirt's own default
    return tuple(range(int(vcpu.get('current') or vcpu.text or 1)))


def _memory_mib(memory: Optional[etree._Element]) -> Optional[int]:
    if memory is None or not memory.text:
        return None
    unit = _MEMORY_UNITS.get(memory.get('unit') or 'KiB')
    return None if unit is None else int(memory.text) * unit // _MIB


def _nic(interface: etree._Element) -> Nic:
    mac = _attribute(interface, 'mac', 'address')
    return Nic(mac_address=mac.lower() if mac else None,
               device=_attribute(interface, 'target', 'dev'),
               vhost_user=interface.get('type') == 'vhostuser',
               port_id=_attribute(interface, 'virtualport/parameters', 'interfaceid'))


def _disks(root: etree._Element) -> Iterator[Disk]:
    """Each disk.

    Where no device says in which order it is booted from, libvirt boots from the first of each
    kind that the operating system's ``<boot dev>`` names.
    """
    kinds = [boot.get('dev') for boot in root.findall('./os/boot')]
    seen: set[Optional[str]] = set()
    for disk in root.findall('./devices/disk'):
        kind = _BOOT_NAMES.get(disk.get('device') or 'disk')
        order = _attribute(disk, 'boot', 'order')
        boot_index = int(order) - 1 if order else None
        if kinds and kind in kinds and kind not in seen:
            boot_index = kinds.index(kind)
        seen.add(kind)
        places = (_attribute(disk, 'source', name) for name in ('file', 'dev', 'name'))
        yield Disk(
            device=_attribute(disk, 'target', 'dev') or '', bus=_attribute(disk, 'target', 'bus'),
            serial=disk.findtext('serial'), boot_index=boot_index,
            source=next(filter(None, places), ''))


def _agent(root: etree._Element) -> Optional[bool]:
    for target in root.findall('./devices/channel/target'):
        if target.get('name') == _AGENT and target.get('state'):
            return bool(target.get('state') == 'connected')
    return None


def _balloon_period(root: etree._Element) -> Optional[int]:
    stats = root.find('./devices/memballoon/stats')
    return int(stats.get('period') or 0) or None if stats is not None else None


def _attribute(element: etree._Element, child: str, name: str) -> Optional[str]:
    found = element.find(child)
    return None if found is None else found.get(name)
