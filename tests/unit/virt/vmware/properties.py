# SPDX-License-Identifier: Apache-2.0
"""Data objects of vSphere's as suds makes them: what there is not is no attribute."""

from __future__ import annotations

import types
from typing import Any

MAC_ADDRESS = '00:0C:29:33:34:38'


def data(kind: str, **values: Any) -> Any:
    """A data object of that type."""
    made = type(kind, (), {})()
    vars(made).update(values)
    return made


def hardware(*devices: Any) -> Any:
    """Two vCPUs, 512 MiB, a disk, an empty CD-ROM drive, a NIC, and more devices."""
    return data('VirtualHardware', numCPU=2, memoryMB=512, device=[
        data('VirtualKeyboard', key=600),
        data('VirtualDisk', key=2000, backing=data('Backing', fileName='[ds] vm/disk.vmdk')),
        data('VirtualCdrom', key=3000, backing=data('Backing')),
        data('VirtualVmxnet3', key=4000, macAddress=MAC_ADDRESS), *devices])


def runtime(**values: Any) -> Any:
    """Of a machine that runs."""
    return types.SimpleNamespace(
        **{'connectionState': 'connected', 'powerState': 'poweredOn', **values})


def running(**values: Any) -> dict[str, Any]:
    """The properties of a machine that runs, and of its host."""
    return {
        'config.hardware': hardware(),
        'runtime': runtime(),
        'summary.quickStats': types.SimpleNamespace(uptimeSeconds=5400, guestMemoryUsage=11),
        'config.product': types.SimpleNamespace(productLineId='embeddedEsx'), **values}
