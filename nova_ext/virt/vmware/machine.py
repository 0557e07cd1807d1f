# SPDX-License-Identifier: Apache-2.0
"""A virtual machine as vCenter's inventory describes it."""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Mapping
from typing import Any, Optional

from nova_ext.virt.vmware import performance

#: The properties of a virtual machine that are read.
PROPERTIES = ('config.hardware', 'runtime', 'summary.quickStats')

#: The property of the ESXi host that it is on which is read as well.
HOST_PROPERTY = 'config.product'

#: The image in the drive that is a server's configuration drive, as Nova's driver names it.
_CONFIG_DRIVE = 'configdrive.iso'

_STATES = {'poweredOn': 'running', 'poweredOff': 'shutdown', 'suspended': 'suspended'}

#: What vSphere calls the lines of its hypervisors, and what Nova calls them.
_HYPERVISOR_OS = {'embeddedEsx': 'esxi', 'esx': 'esx'}


@dataclasses.dataclass(frozen=True)
class Nic:
    """A virtual NIC."""

    #: How its figures are told from other NICs' by the performance manager.
    instance: str
    #: Lower case with colons.
    mac_address: str


@dataclasses.dataclass(frozen=True)
class Machine:
    """A virtual machine; what is None, vCenter does not know at this moment."""

    #: In the words of the specification.
    state: Optional[str]
    #: ``esxi``, for example.
    hypervisor_os: Optional[str]
    #: Seconds since it was started.
    uptime: Optional[int]
    num_cpus: Optional[int]
    nics: Optional[tuple[Nic, ...]]
    num_disks: Optional[int]
    #: MiB that it was given, and that its guest is using.
    memory: Optional[int]
    used_memory: Optional[int]
    config_drive: Optional[bool]

    @property
    def figures(self) -> list[performance.Figure]:
        """What the performance manager can tell about it now."""
        if self.state != 'running':
            return []  # it still has the last figures of one that was switched off
        return [
            *(performance.Figure(performance.CPU_USED, str(number))
              for number in range(self.num_cpus or 0)),
            *(performance.Figure(counter, nic.instance)
              for nic in self.nics or ()
              for counter in (performance.NIC_RECEIVED, performance.NIC_SENT))]


def parse(properties: Mapping[str, Any]) -> Machine:
    """Read what vCenter answered.

    :param properties: the values of :data:`PROPERTIES` and :data:`HOST_PROPERTY`, as data objects
        of vSphere's; any of them, and any property of theirs, may be missing
    """
    runtime = properties.get('runtime')
    state = _state(runtime)
    # What was measured last stays there when it ends, and is 0 until something is.
    statistics = properties.get('summary.quickStats') if state == 'running' else None
    hardware = properties.get('config.hardware')
    devices = None if hardware is None else list(getattr(hardware, 'device', None) or ())
    return Machine(
        state=state,
        hypervisor_os=_HYPERVISOR_OS.get(
            getattr(properties.get(HOST_PROPERTY), 'productLineId', None) or ''),
        uptime=_measured(statistics, 'uptimeSeconds'),
        num_cpus=getattr(hardware, 'numCPU', None),
        nics=None if devices is None else tuple(
            Nic(str(device.key), device.macAddress.lower()) for device in devices
            if getattr(device, 'macAddress', None)),
        num_disks=None if devices is None else sum(
            _kind(device) == 'VirtualDisk' for device in devices),
        memory=getattr(hardware, 'memoryMB', None),
        used_memory=_measured(statistics, 'guestMemoryUsage'),
        config_drive=None if devices is None else any(map(_is_config_drive, devices)))


def _state(runtime: Any) -> Optional[str]:
    """The state, unless vCenter has lost the host and only knows what it was."""
    if getattr(runtime, 'connectionState', None) != 'connected':
        return None
    if getattr(runtime, 'paused', None):
        return 'paused'
    return _STATES.get(getattr(runtime, 'powerState', None) or '')


def _measured(statistics: Any, name: str) -> Optional[int]:
    value = getattr(statistics, name, None)
    return value if value is not None and value > 0 else None


def _is_config_drive(device: Any) -> bool:
    image = getattr(getattr(device, 'backing', None), 'fileName', None) or ''
    return _kind(device) == 'VirtualCdrom' and posixpath.basename(image) == _CONFIG_DRIVE


def _kind(data: Any) -> str:
    """The type of a data object in vSphere's words."""
    return type(data).__name__
