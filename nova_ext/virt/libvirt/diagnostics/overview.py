# SPDX-License-Identifier: Apache-2.0
"""Looks at many guests at once: what libvirt says about them without asking their QEMUs.

State and network counters of all of them come in one call. Their XML and their vCPUs' times there
are no bulk calls for; both are quick ones. Whatever goes wrong with one guest, or with all of them
because of one, is left to single looks.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Optional

import libvirt
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.virt import sampling
from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.diagnostics import domain as domain_xml
from nova_ext.virt.libvirt.diagnostics import domain_stats, looks

LOG = logging.getLogger(__name__)


class Overview:
    """Looks at the guests of one host."""

    def __init__(self, of_host: queries.Queries, single: looks.Looks) -> None:
        """Take what asks the host's libvirt, and what looks at single guests."""
        self._queries = of_host
        self._single = single

    def take(self, uuids: Collection[str]) -> dict[str, Optional[looks.Look]]:
        """Look at some guests.

        :returns: by UUID; None: libvirt has no such guest. Those that libvirt does not tell about
            in time are missing
        :raises nova_ext.exception.HypervisorNotResponding: libvirt does not answer at all
        """
        return self._take(uuids, 0)

    def sample_running(self) -> Iterable[tuple[str, sampling.Sample]]:
        """A sample of each guest that runs.

        :raises nova_ext.exception.HypervisorNotResponding: libvirt does not answer at all
        """
        running = self._single.list_running()
        for uuid, look in self._take(running, libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE).items():
            if look is not None:
                yield uuid, look.sample

    def _take(self, uuids: Collection[str], which: int) -> dict[str, Optional[looks.Look]]:
        """As :meth:`take`.

        :param which: flags for libvirt's list of domains
        """
        found: dict[str, Optional[looks.Look]] = {}
        began = time.monotonic()
        try:
            together = self._queries.ask_about_all(
                functools.partial(_read, uuids=frozenset(uuids), which=which))
        except exception.HypervisorNotResponding:
            raise
        except (exception.NotResponding, libvirt.libvirtError) as error:
            LOG.debug('The guests are looked at one by one: %s', error)
            together = {}
        for uuid, look in together.items():
            # Open vSwitch is asked about each of its guests; others have waited long enough then.
            if time.monotonic() - began < self._queries.timeout:
                found[uuid] = look and self._single.complete(uuid, look)
            else:
                found[uuid] = look
        for uuid in uuids:
            if uuid not in found:
                self._take_single(uuid, found)
        return found

    def _take_single(self, uuid: str, found: dict[str, Optional[looks.Look]]) -> None:
        """Look at a guest, if libvirt tells about it."""
        try:
            found[uuid] = self._single.take(uuid)
        except exception.HypervisorNotResponding:
            raise
        except (exception.NotResponding, libvirt.libvirtError) as error:
            if (isinstance(error, libvirt.libvirtError)
                    and error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN):
                found[uuid] = None
            else:
                LOG.debug('Failed to look at it: %s', error, instance_uuid=uuid)


def _read(
        connection: Any, uuids: Collection[str], which: int) -> dict[str, Optional[looks.Look]]:
    """Look at some guests, in a native thread.

    :returns: as :meth:`Overview.take`; those that need a single look are missing
    :raises libvirt.libvirtError: libvirt has no bulk statistics, or not of one of the guests
    """
    domains = {domain.UUIDString(): domain for domain in connection.listAllDomains(which)}
    found: dict[str, Optional[looks.Look]] = {
        uuid: None for uuid in uuids if uuid not in domains and not which}
    described: dict[str, looks.Described] = {}
    for uuid in uuids & domains.keys():
        try:
            xml = domains[uuid].XMLDesc(0)
        except libvirt.libvirtError:  # it has just gone, perhaps
            continue
        described[uuid] = looks.Described(xml, domain_xml.parse(xml))
    quick, read = _read_quick(connection, domains, described)
    for uuid, statistics in quick.items():
        look = _look(domains[uuid], described[uuid], statistics, read)
        if look is not None:
            found[uuid] = look
    return found


def _read_quick(
        connection: Any, domains: Mapping[str, Any], described: Mapping[str, looks.Described],
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


def _look(
        domain: Any, described: looks.Described, quick: domain_stats.Statistics, read: float,
) -> Optional[looks.Look]:
    """A look at one guest; None: it needs a single one.

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
        cpu_times = {} if is_off else {number: spent for number, _, spent, _ in domain.vcpus()[0]}
        taken = time.monotonic()
        is_saved = is_off and looks.is_saved(domain)
    except libvirt.libvirtError:
        return None
    return looks.Look(
        described=described, state=state, is_saved=is_saved,
        sample=sampling.Sample(
            taken=taken, run=description.id, cpu_times=cpu_times,
            nics=domain_stats.devices(quick, 'net'), nics_taken=read))
