# SPDX-License-Identifier: Apache-2.0
"""Between nova-ext's diagnostics and Nova's own object of version 1.0."""

from __future__ import annotations

from typing import Any, Optional

from nova.compute import power_state as nova_power_state
from nova.objects import diagnostics as nova_diagnostics

from nova_ext.objects import diagnostics

# What both have; later versions of nova-ext's objects have more.
_CPU_FIELDS = tuple(nova_diagnostics.CpuDiagnostics.fields)
_NIC_FIELDS = tuple(nova_diagnostics.NicDiagnostics.fields)
_DISK_FIELDS = tuple(nova_diagnostics.DiskDiagnostics.fields)

_STATES = {
    nova_power_state.NOSTATE: 'pending',
    nova_power_state.PAUSED: 'paused',
    nova_power_state.SHUTDOWN: 'shutdown',
    nova_power_state.CRASHED: 'crashed',
    nova_power_state.SUSPENDED: 'suspended',
}


def from_nova(answer: Any) -> diagnostics.Diagnostics:
    """What can be trusted in the answer of a compute host without the plugin.

    Its memory is in GiB rounded down, its uptime counts from the server's launch, its operating
    system is a constant, its hypervisor is what the configuration says, and devices whose
    counters could not be read are missing from lists and counts: all that is None. The
    counters that are there are true.

    :param answer: nova.objects.diagnostics.Diagnostics
    """
    known = diagnostics.Diagnostics.unknown(state=answer.state, driver=answer.driver)
    known.memory_details = diagnostics.MemoryDiagnostics(maximum=None, used=None)
    if answer.driver == 'vmwareapi':  # its lists are empty, whatever there is
        return known
    known.cpu_details = [
        diagnostics.CpuDiagnostics(**_values(cpu, _CPU_FIELDS)) for cpu in answer.cpu_details]
    known.nic_details = [
        diagnostics.NicDiagnostics(**_values(nic, _NIC_FIELDS)) for nic in answer.nic_details]
    known.disk_details = [
        diagnostics.DiskDiagnostics(**_values(disk, _DISK_FIELDS))
        for disk in answer.disk_details]
    return known


def not_running(power_state: Optional[int]) -> diagnostics.Diagnostics:
    """What Nova's record tells of a server that its host refuses to look at.

    :param power_state: as in nova.compute.power_state; None when it was never noted
    """
    return diagnostics.Diagnostics.unknown(
        state=None if power_state is None else _STATES.get(power_state))


def to_nova(known: diagnostics.Diagnostics) -> Any:
    """Nova's own object, for callers of compute 2.48 and for APIs without the plugin.

    :returns: nova.objects.diagnostics.Diagnostics
    """
    answer = nova_diagnostics.Diagnostics(
        driver=known.driver, hypervisor=known.hypervisor, hypervisor_os=known.hypervisor_os,
        uptime=known.uptime, config_drive=bool(known.config_drive))
    if known.state is not None:
        answer.state = known.state  # Nova answers null for a field that is not set
    if known.memory_details is not None:
        answer.memory_details = nova_diagnostics.MemoryDiagnostics(
            maximum=known.memory_details.maximum, used=known.memory_details.used)
    for cpu in known.cpu_details or ():
        answer.add_cpu(**_values(cpu, _CPU_FIELDS))
    for nic in known.nic_details or ():
        answer.add_nic(**_values(nic, _NIC_FIELDS))
    for disk in known.disk_details or ():
        answer.add_disk(**_values(disk, _DISK_FIELDS))
    return answer


def _values(source: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The named fields; -1 is how libvirt says that it does not know."""
    values = {name: getattr(source, name) for name in names}
    return {name: None if value == -1 else value for name, value in values.items()}
