# SPDX-License-Identifier: Apache-2.0
"""The fields of diagnostics, made of what ironic says.

ironic does not look into a machine that runs: nothing is counted or measured, and what is used is
null. There is no hypervisor.
"""

from __future__ import annotations

from nova_ext.objects import diagnostics
from nova_ext.virt.ironic import node

#: As Nova calls its driver.
DRIVER = 'ironic'


def make(described: node.Node) -> diagnostics.Diagnostics:
    """Everything that is known about a machine."""
    addresses, disks = described.mac_addresses, described.num_disks
    return diagnostics.Diagnostics(
        state=described.state,
        driver=DRIVER,
        hypervisor=None,
        hypervisor_os=None,
        uptime=described.uptime,
        num_cpus=described.num_cpus,
        num_nics=None if addresses is None else len(addresses),
        num_disks=disks,
        cpu_details=None if described.num_cpus is None else [
            diagnostics.CpuDiagnostics(id=number, time=None, utilisation=None)
            for number in range(described.num_cpus)],
        nic_details=None if addresses is None else [
            diagnostics.NicDiagnostics(**{
                **dict.fromkeys(diagnostics.NicDiagnostics.fields), 'mac_address': address})
            for address in addresses],
        disk_details=None if disks is None else [
            diagnostics.DiskDiagnostics(**dict.fromkeys(diagnostics.DiskDiagnostics.fields))
            for _ in range(disks)],
        memory_details=diagnostics.MemoryDiagnostics(maximum=described.memory, used=None),
        config_drive=described.config_drive)
