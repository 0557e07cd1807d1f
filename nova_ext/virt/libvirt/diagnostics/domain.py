# SPDX-License-Identifier: Apache-2.0
"""What a libvirt domain's XML tells about a guest."""

from __future__ import annotations

import dataclasses
import functools
from typing import Optional

from lxml import etree

from nova_ext.virt.libvirt import documents

#: Bytes in libvirt's units of memory (those that libvirt itself writes, and their like).
_MEMORY_UNITS = {'b': 1, 'bytes': 1, 'KiB': 2**10, 'k': 2**10, 'MiB': 2**20, 'M': 2**20,
                 'GiB': 2**30, 'G': 2**30}

_MIB = 2**20

#: How the file, block device or RBD image of a configuration drive ends in Nova's naming.
_CONFIG_DRIVE_SUFFIXES = ('disk.config', 'disk.config.rescue')


@dataclasses.dataclass(frozen=True)
class Nic:
    """One ``<interface>``."""

    #: Lower case with colons; None when the XML has none.
    mac_address: Optional[str]
    #: The host's device that carries its traffic; None when there is none, as for SR-IOV.
    device: Optional[str]
    #: Whether Open vSwitch alone has its counters, so that libvirt runs a command for them.
    vhost_user: bool = False


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
    #: The target of each disk, such as ``vda``, in document order.
    disks: tuple[str, ...]
    #: Each NIC in document order.
    nics: tuple[Nic, ...]
    #: Whether one of the disks is Nova's configuration drive.
    config_drive: bool
    #: Seconds between the balloon's statistics; None when they are not collected.
    balloon_period: Optional[int]


@functools.lru_cache(maxsize=512)  # a guest's XML changes seldom
def parse(xml: str) -> Domain:
    """Read a domain's XML.

    :param xml: as libvirt gives it
    :raises lxml.etree.XMLSyntaxError: it is not XML
    """
    root = documents.parse(xml)
    disks = root.findall('./devices/disk')
    return Domain(
        id=int(root.get('id', 0)),
        name=root.findtext('./name', ''),
        hypervisor=root.get('type'),
        cpus=_cpus(root),
        memory_mib=_memory_mib(root.find('./memory')),
        disks=tuple(_attribute(disk, 'target', 'dev') or '' for disk in disks),
        nics=tuple(_nic(nic) for nic in root.findall('./devices/interface')),
        config_drive=any(_is_config_drive(disk) for disk in disks),
        balloon_period=_balloon_period(root),
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
               vhost_user=interface.get('type') == 'vhostuser')


def _is_config_drive(disk: etree._Element) -> bool:
    source = disk.find('source')
    if source is None:
        return False
    place = source.get('file') or source.get('dev') or source.get('name') or ''
    return place.endswith(_CONFIG_DRIVE_SUFFIXES)


def _balloon_period(root: etree._Element) -> Optional[int]:
    stats = root.find('./devices/memballoon/stats')
    return int(stats.get('period') or 0) or None if stats is not None else None


def _attribute(element: etree._Element, child: str, name: str) -> Optional[str]:
    found = element.find(child)
    return None if found is None else found.get(name)
