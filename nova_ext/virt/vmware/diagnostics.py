# SPDX-License-Identifier: Apache-2.0
"""The fields of diagnostics, made of what vCenter says.

vSphere counts nothing from the start of a virtual machine: CPU time, octets, packets, errors and
requests are null. What it has of them are rates, for which disks have no fields.
"""

from __future__ import annotations

from typing import Optional

from nova_ext.objects import diagnostics
from nova_ext.virt.vmware import machine, performance

#: As Nova calls its driver and the hypervisor.
DRIVER = 'vmwareapi'
_HYPERVISOR = 'vmware'

_MILLISECONDS = performance.INTERVAL * 1000

_KIB = 1024


def make(described: machine.Machine, samples: performance.Samples) -> diagnostics.Diagnostics:
    """Everything that is known about a virtual machine.

    :param samples: empty when there are none
    """
    nics, disks = described.nics, described.num_disks
    return diagnostics.Diagnostics(
        state=described.state,
        driver=DRIVER,
        hypervisor=_HYPERVISOR,
        hypervisor_os=described.hypervisor_os,
        uptime=described.uptime,
        num_cpus=described.num_cpus,
        num_nics=None if nics is None else len(nics),
        num_disks=disks,
        cpu_details=None if described.num_cpus is None else [
            _cpu(number, samples) for number in range(described.num_cpus)],
        nic_details=None if nics is None else [_nic(nic, samples) for nic in nics],
        disk_details=None if disks is None else [
            diagnostics.DiskDiagnostics(**dict.fromkeys(diagnostics.DiskDiagnostics.fields))
            for _ in range(disks)],
        memory_details=diagnostics.MemoryDiagnostics(
            maximum=described.memory, used=described.used_memory),
        config_drive=described.config_drive)


def _cpu(number: int, samples: performance.Samples) -> diagnostics.CpuDiagnostics:
    used = samples.get(performance.Figure(performance.CPU_USED, str(number)))
    return diagnostics.CpuDiagnostics(
        id=number, time=None,
        # More than the whole interval is a CPU that ran faster than its rated clock.
        utilisation=None if used is None else min(100, round(100 * used / _MILLISECONDS)))


def _nic(nic: machine.Nic, samples: performance.Samples) -> diagnostics.NicDiagnostics:
    return diagnostics.NicDiagnostics(**{
        **dict.fromkeys(diagnostics.NicDiagnostics.fields),
        'mac_address': nic.mac_address,
        'rx_rate': _rate(performance.NIC_RECEIVED, nic, samples),
        'tx_rate': _rate(performance.NIC_SENT, nic, samples)})


def _rate(counter: str, nic: machine.Nic, samples: performance.Samples) -> Optional[int]:
    """Octets per second."""
    sample = samples.get(performance.Figure(counter, nic.instance))
    return None if sample is None else sample * _KIB
