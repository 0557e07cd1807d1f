# SPDX-License-Identifier: Apache-2.0
"""What libvirt says of many guests in a few calls, in a native thread.

Nothing here logs or takes a lock: see :data:`nova_ext.virt.libvirt.queries.BulkQuestion`.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Mapping
from typing import Any, Optional

import libvirt
from lxml import etree

from nova_ext.virt import sampling
from nova_ext.virt.libvirt.diagnostics import domain as domain_xml
from nova_ext.virt.libvirt.diagnostics import domain_stats, readings


@dataclasses.dataclass(frozen=True)
class PartialReading:
    """What libvirt says of a guest, but for its vCPUs."""

    described: readings.Described
    #: (state, reason) in libvirt's numbers.
    state: tuple[int, int]
    nics: dict[str, dict[str, int]]
    #: Monotonic time at which those were read.
    nics_taken: float
    is_saved: bool

    @property
    def is_off(self) -> bool:
        """Whether the guest does not run."""
        return bool(self.state[0] == libvirt.VIR_DOMAIN_SHUTOFF)

    def complete(self, cpu_times: dict[int, int]) -> readings.Reading:
        """A reading of the guest, whose CPU times were read just now."""
        return readings.Reading(
            described=self.described, state=self.state, is_saved=self.is_saved,
            sample=sampling.Sample(
                taken=time.monotonic(), run=self.described.domain.id, cpu_times=cpu_times,
                nics=self.nics, nics_taken=self.nics_taken))


def read(
        connection: Any, uuids: Collection[str], which: int,
) -> dict[str, Optional[PartialReading]]:
    """Read some guests, in a native thread.

    :returns: None: libvirt has no such guest; those that have to be read singly are missing
    :raises libvirt.libvirtError: libvirt has no bulk statistics, or not of one of the guests
    """
    domains = {domain.UUIDString(): domain for domain in connection.listAllDomains(which)}
    found: dict[str, Optional[PartialReading]] = {
        uuid: None for uuid in uuids if uuid not in domains and not which}
    described: dict[str, readings.Described] = {}
    for uuid in uuids & domains.keys():
        try:
            xml = domains[uuid].XMLDesc(0)
            described[uuid] = readings.Described(xml, domain_xml.parse(xml))
        except (libvirt.libvirtError, ValueError, etree.LxmlError):
            continue  # it has just gone, perhaps, or nobody can read its XML
    quick, read = _read_quick(connection, domains, described)
    for uuid, statistics in quick.items():
        partial = _partial(domains[uuid], described[uuid], statistics, read)
        if partial is not None:
            found[uuid] = partial
    return found


def read_vcpus(connection: Any, uuids: Collection[str]) -> dict[str, dict[int, int]]:
    """CPU times of some guests' vCPUs, in a native thread, without those that do not run."""
    found = {}
    for domain in connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        uuid = domain.UUIDString()
        if uuid in uuids:
            try:
                found[uuid] = {number: spent for number, _, spent, _ in domain.vcpus()[0]}
            except libvirt.libvirtError:  # it has just ended
                continue
    return found


def _read_quick(
        connection: Any, domains: Mapping[str, Any], described: Mapping[str, readings.Described],
) -> tuple[dict[str, domain_stats.Statistics], float]:
    """``state.*`` and ``net.*`` of the guests, and the monotonic time at which they were read.

    Without ``net.*`` where libvirt has to ask Open vSwitch for it.
    """
    slow = {uuid for uuid, one in described.items()
            if any(nic.vhost_user for nic in one.domain.nics)}
    quick: dict[str, domain_stats.Statistics] = {}
    began = time.monotonic()
    for these, groups in (
            (described.keys() - slow,
             libvirt.VIR_DOMAIN_STATS_STATE | libvirt.VIR_DOMAIN_STATS_INTERFACE),
            (slow, libvirt.VIR_DOMAIN_STATS_STATE)):
        if these:
            for domain, statistics in connection.domainListGetStats(
                    [domains[uuid] for uuid in these], groups, 0):
                quick[domain.UUIDString()] = statistics
    return quick, (began + time.monotonic()) / 2


def _partial(
        domain: Any, described: readings.Described, quick: domain_stats.Statistics, read: float,
) -> Optional[PartialReading]:
    """What libvirt says of one guest; None: it has to be read singly.

    :param quick: what was read of it in bulk
    :param read: when
    """
    if 'state.state' not in quick:
        return None
    state = quick['state.state'], quick['state.reason']
    is_off = state[0] == libvirt.VIR_DOMAIN_SHUTOFF
    description = described.domain
    nics = [nic for nic in description.nics if nic.device and not nic.vhost_user]
    if is_off == bool(description.id) or (nics and not is_off and 'net.count' not in quick):
        return None  # it was started or ended meanwhile, or libvirt's driver has no such group
    try:
        is_saved = is_off and readings.is_saved(domain)
    except libvirt.libvirtError:
        return None
    return PartialReading(described, state, domain_stats.devices(quick, 'net'), read, is_saved)
