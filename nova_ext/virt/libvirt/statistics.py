# SPDX-License-Identifier: Apache-2.0
"""Reading a guest's statistics from libvirt.

What needs no answer from the guest's QEMU (state, CPU times, network counters) is read at once.
What does (memory, disks) is read apart, because it blocks for as long as that QEMU hangs.

Both are one call each where libvirt has bulk statistics. Where it has not (LXC, the test driver)
the single calls give the same names and values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import libvirt
from oslo_log import log as logging

from nova_ext.virt.libvirt import domain as domain_xml

LOG = logging.getLogger(__name__)

#: Statistics by libvirt's names, such as ``net.0.rx.bytes``.
Statistics = dict[str, Any]

#: The fields of virDomainInterfaceStats, in order, by the names of the bulk statistics.
_NIC_COUNTERS = ('rx.bytes', 'rx.pkts', 'rx.errs', 'rx.drop',
                 'tx.bytes', 'tx.pkts', 'tx.errs', 'tx.drop')

#: The fields of virDomainBlockStats, in order, by the names of the bulk statistics.
_DISK_COUNTERS = ('rd.reqs', 'rd.bytes', 'wr.reqs', 'wr.bytes', 'errors')

#: The keys of virDomainMemoryStats that the bulk statistics spell otherwise.
_BALLOON_NAMES = {'actual': 'current', 'last_update': 'last-update'}


class StatisticsReader:
    """Reads the guests of one host."""

    def __init__(self, connection: Callable[[], Any]) -> None:
        """Make a reader.

        :param connection: gives the libvirt.virConnect to use
        """
        self._connection = connection

    def quick(self, guest: Any) -> Statistics:
        """``state.*`` and ``net.*``: never waits for the guest.

        :param guest: nova.virt.libvirt.guest.Guest
        :raises libvirt.libvirtError: the domain is gone
        """
        groups = libvirt.VIR_DOMAIN_STATS_STATE | libvirt.VIR_DOMAIN_STATS_INTERFACE
        return _bulk(self._connection(), guest._domain, groups) or _single_quick(guest._domain)

    @staticmethod
    def slow(connection: Any, domain: Any) -> Statistics:
        """``balloon.*`` and ``block.*``: blocks for as long as the guest's QEMU hangs.

        :param connection: libvirt.virConnect that nobody else uses
        :param domain: libvirt.virDomain on it
        :raises libvirt.libvirtError: the domain is gone
        """
        groups = libvirt.VIR_DOMAIN_STATS_BALLOON | libvirt.VIR_DOMAIN_STATS_BLOCK
        return _bulk(connection, domain, groups) or _single_slow(domain)


def _bulk(connection: Any, domain: Any, groups: int) -> Optional[Statistics]:
    """The statistics in one call; None where libvirt has no such call."""
    # libvirt takes no eventlet proxy in a list.
    raw = getattr(domain, '_obj', domain)
    try:
        records = connection.domainListGetStats([raw], groups, 0)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return None
    return dict(records[0][1]) if records else None


def cpu_times(guest: Any) -> dict[int, int]:
    """CPU time in nanoseconds by vCPU; empty when the guest does not run. Never waits for it."""
    try:
        return {vcpu.id: vcpu.time for vcpu in guest.get_vcpus_info()}
    except libvirt.libvirtError as error:
        if error.get_error_code() not in (
                libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_SUPPORT):
            LOG.warning('CPU times are unknown: %s', error, instance_uuid=guest.uuid)
        return {}


def _single_quick(domain: Any) -> Statistics:
    state, reason = domain.state()
    statistics: Statistics = {'state.state': state, 'state.reason': reason}
    for index, nic in enumerate(domain_xml.parse(domain.XMLDesc(0)).nics):
        if nic.device:
            counters = attempt(domain, domain.interfaceStats, nic.device)
            statistics.update(_numbered('net', index, nic.device, _NIC_COUNTERS, counters))
    return statistics


def _single_slow(domain: Any) -> Statistics:
    statistics: Statistics = {
        f'balloon.{_BALLOON_NAMES.get(name, name)}': value
        for name, value in (attempt(domain, domain.memoryStats) or {}).items()}
    for index, disk in enumerate(domain_xml.parse(domain.XMLDesc(0)).disks):
        counters = attempt(domain, domain.blockStats, disk)
        statistics.update(_numbered('block', index, disk, _DISK_COUNTERS, counters))
    return statistics


def _numbered(
        kind: str, index: int, name: str, counters: tuple[str, ...],
        values: Any) -> Statistics:
    """A device's counters by the names of the bulk statistics; -1 from libvirt is unknown."""
    prefix = f'{kind}.{index}.'
    statistics: Statistics = {prefix + 'name': name}
    statistics.update(
        (prefix + counter, value) for counter, value in zip(counters, values or ())
        if value >= 0)
    return statistics


def attempt(domain: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """What a single call gives, or None with the reason logged.

    :param domain: libvirt.virDomain that it is about
    :param function: one of its methods
    """
    try:
        return function(*arguments)
    except libvirt.libvirtError as error:
        LOG.debug('%s%s: %s', function.__name__, arguments, error,
                  instance_uuid=domain.UUIDString())
        return None


def devices(statistics: Statistics, kind: str) -> dict[str, Statistics]:
    """The counters of each device by its name in the domain.

    :param statistics: as read
    :param kind: ``net`` or ``block``
    :returns: ``{'vda': {'rd.bytes': 512, ...}, ...}``
    """
    numbered: dict[str, Statistics] = {}
    for key, value in statistics.items():
        group, _, rest = key.partition('.')
        index, _, counter = rest.partition('.')
        if group == kind and counter:
            numbered.setdefault(index, {})[counter] = value
    return {counters['name']: counters
            for counters in numbered.values() if 'name' in counters}
