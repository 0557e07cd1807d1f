# SPDX-License-Identifier: Apache-2.0
"""Reading a guest's statistics from libvirt.

What needs no answer from the guest's QEMU (state, CPU times, network counters) is read at once.
What does (memory, disks) is read apart, because it blocks for as long as that QEMU hangs.

Both are one call each where libvirt has bulk statistics. What a libvirt driver leaves out of them
(LXC, the test driver) single calls give by the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libvirt
from oslo_log import log as logging

from nova_ext.virt.libvirt.diagnostics import domain as domain_xml

LOG = logging.getLogger(__name__)

#: Statistics by libvirt's names, such as ``net.0.rx.bytes``.
Statistics = dict[str, Any]

#: The fields of virDomainInterfaceStats, in order, by the names of the bulk statistics.
_NIC_COUNTERS = ('rx.bytes', 'rx.pkts', 'rx.errs', 'rx.drop',
                 'tx.bytes', 'tx.pkts', 'tx.errs', 'tx.drop')

#: The fields of virDomainBlockStats, in order, by the names of the bulk statistics.
_DISK_COUNTERS = ('rd.reqs', 'rd.bytes', 'wr.reqs', 'wr.bytes', 'errors')

#: What the bulk statistics have besides: nanoseconds, and flush requests.
_DISK_TIMES = ('rd.times', 'wr.times', 'fl.reqs', 'fl.times')

_COUNTERS = {'net': _NIC_COUNTERS, 'block': (*_DISK_COUNTERS, *_DISK_TIMES)}

#: The keys of virDomainMemoryStats that the bulk statistics spell otherwise.
_BALLOON_NAMES = {'actual': 'current', 'last_update': 'last-update'}


def quick(connection: Any, domain: Any, nics: Sequence[domain_xml.Nic]) -> Statistics:
    """``state.*`` and ``net.*``: never waits for the guest, nor for Open vSwitch.

    The counters of vhost-user NICs are not among them; see :func:`single_nics`.

    :param connection: libvirt.virConnect that nobody else uses
    :param domain: libvirt.virDomain on it
    :param nics: the domain's
    :raises libvirt.libvirtError: the domain is gone
    """
    groups = libvirt.VIR_DOMAIN_STATS_STATE
    if not any(nic.vhost_user for nic in nics):
        groups |= libvirt.VIR_DOMAIN_STATS_INTERFACE
    statistics = _bulk(connection, domain, groups)
    if 'state.state' not in statistics:
        statistics['state.state'], statistics['state.reason'] = domain.state()
    active = statistics['state.state'] != libvirt.VIR_DOMAIN_SHUTOFF
    if active and 'net.count' not in statistics:
        statistics.update(single_nics(
            domain, [nic.device for nic in nics if nic.device and not nic.vhost_user]))
    return statistics


def slow(
        connection: Any, domain: Any, disks: Sequence[str], *, balloon: bool, times: bool,
) -> Statistics:
    """``balloon.*`` and ``block.*``: blocks for as long as the guest's QEMU hangs.

    :param connection: libvirt.virConnect that nobody else uses
    :param domain: libvirt.virDomain on it
    :param disks: targets of the domain's disks
    :param balloon: whether to ask for ``balloon.*``
    :param times: whether to ask how long requests to disks took, and for flush requests
    :raises libvirt.libvirtError: the domain is gone
    """
    groups = libvirt.VIR_DOMAIN_STATS_BALLOON if balloon else 0
    # Of one disk, a single call costs QEMU less; those that tell the times cost it more.
    if disks and (times or len(disks) > 1):
        groups |= libvirt.VIR_DOMAIN_STATS_BLOCK
    statistics = _bulk(connection, domain, groups) if groups else {}
    if balloon and 'balloon.current' not in statistics:
        statistics.update(_single_balloon(domain))
    if disks and 'block.count' not in statistics:
        statistics.update(_single_disks(domain, disks))
    return statistics


def _bulk(connection: Any, domain: Any, groups: int) -> Statistics:
    """The groups of statistics in one call; empty where libvirt has no such call."""
    # libvirt takes no eventlet proxy in a list.
    raw = getattr(domain, '_obj', domain)
    try:
        records = connection.domainListGetStats([raw], groups, 0)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return {}
    return dict(records[0][1]) if records else {}


def cpu_times(domain: Any) -> dict[int, int]:
    """CPU time in nanoseconds by vCPU; empty when the guest does not run. Never waits for it."""
    try:
        return {number: time for number, _, time, _ in domain.vcpus()[0]}
    except libvirt.libvirtError as error:
        if error.get_error_code() not in (
                libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_SUPPORT):
            LOG.warning('CPU times are unknown: %s', error, instance_uuid=domain.UUIDString())
        return {}


def single_nics(domain: Any, devices: Sequence[str]) -> Statistics:
    """``net.*`` of some NICs, by a call for each.

    :param devices: the host's devices
    """
    statistics: Statistics = {}
    for index, device in enumerate(devices):
        counters = attempt(domain, domain.interfaceStats, device)
        statistics.update(_numbered('net', index, device, _NIC_COUNTERS, counters))
    return statistics


def _single_balloon(domain: Any) -> Statistics:
    return {f'balloon.{_BALLOON_NAMES.get(name, name)}': value
            for name, value in (attempt(domain, domain.memoryStats) or {}).items()}


def _single_disks(domain: Any, disks: Sequence[str]) -> Statistics:
    statistics: Statistics = {}
    for index, disk in enumerate(disks):
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
    found: dict[str, Statistics] = {}
    start = f'{kind}.'
    for key, name in statistics.items():
        # Not by counting up: libvirt leaves out the numbers of NICs without a device (SR-IOV).
        if key.endswith('.name') and key.startswith(start):
            prefix = key[:-len('name')]
            found[name] = {counter: statistics[prefix + counter] for counter in _COUNTERS[kind]
                           if prefix + counter in statistics}
    return found
