# SPDX-License-Identifier: Apache-2.0
"""What diagnostics ask the QEMUs of many guests, any of which may not answer.

libvirt asks one QEMU after another, and waits for one that hangs for as long as that lasts. So the
guests are left out that are known to hang, or to be busy for long with something else. Should one
hang all the same, nobody waits for it longer than for a single guest: it is told from the others
by what it owes libvirt, and those are asked again, each by itself and side by side.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from typing import Any, Optional

import libvirt
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.concurrency import bounded
from nova_ext.virt.libvirt import answering, processes, queries
from nova_ext.virt.libvirt.diagnostics import domain as domain_xml
from nova_ext.virt.libvirt.diagnostics import domain_stats

LOG = logging.getLogger(__name__)

#: What libvirt tells of a guest's disks and balloon only if its QEMU was asked.
_DISK_ASKED = '.rd.reqs'
_BALLOON_UNASKED = ('balloon.current', 'balloon.maximum')

#: By the guest's UUID.
Answers = dict[str, domain_stats.Statistics]


@dataclasses.dataclass(frozen=True)
class Guest:
    """A running guest, and what to ask its QEMU for."""

    uuid: str
    #: Its domain.
    domain: domain_xml.Domain
    #: Its QEMU, if it can be seen.
    process: Optional[processes.Process]
    #: Whether to ask for ``balloon.*`` beside ``block.*``.
    balloon: bool

    def ask(self, host_queries: queries.Queries) -> bounded.Call[domain_stats.Statistics]:
        """Begin to ask it by itself.

        :raises nova_ext.exception.NotResponding: it cannot be asked
        """
        return host_queries.ask_guest(self.uuid, functools.partial(
            domain_stats.slow, disks=self.domain.targets, balloon=self.balloon, times=True),
            self.process)


class BulkQuestion:
    """One question to many guests."""

    def __init__(self, host_queries: queries.Queries, guests: Iterable[Guest]) -> None:
        """Ask, without waiting for the answer."""
        self._queries = host_queries
        #: Those that may answer, by UUID.
        self._guests: dict[str, Guest] = {}
        for guest in guests:
            if guest.process is not None and guest.process.is_stopped:
                _complain(guest.uuid, 'its QEMU is stopped')
            else:
                self._guests[guest.uuid] = guest
        self._together = [guest for guest in self._guests.values()
                          if guest.process is None or not guest.process.is_blocked]
        self._call: Optional[bounded.Call[Answers]] = None
        if self._together:
            try:
                self._call = host_queries.ask_guests(self._question())
            except exception.NotResponding as error:
                LOG.debug('The guests are asked one by one: %s', error)

    def answers(self, uuids: Container[str]) -> Answers:
        """``block.*``, and ``balloon.*`` where it was asked for, of those that answer in time.

        :param uuids: the guests about which that is still wanted
        """
        found = self._answers_together()
        self._guests = {uuid: guest for uuid, guest in self._guests.items() if uuid in uuids}
        rest = [guest for uuid, guest in self._guests.items() if uuid not in found]
        self._queries.answering.discard(guest.uuid for guest in rest)
        calls: dict[str, bounded.Call[domain_stats.Statistics]] = {}
        for guest in rest:
            try:
                calls[guest.uuid] = guest.ask(self._queries)
            except exception.NotResponding as error:
                _complain(guest.uuid, error)
        for uuid, call in calls.items():
            try:
                found[uuid] = call.result()
            except (exception.NotResponding, libvirt.libvirtError) as error:
                _complain(uuid, error)
        return found

    def _question(self) -> queries.BulkQuestion[Answers]:
        doubted = [guest.uuid for guest in self._together
                   if guest.uuid not in self._queries.answering]
        return functools.partial(
            _read, guests=self._together, doubted=doubted, patience=self._queries.timeout)

    def _answers_together(self) -> Answers:
        """What came of the bulk question; those that hang are not asked again."""
        if self._call is None:
            return {}
        try:
            found = self._call.result()
        except (exception.NotResponding, libvirt.libvirtError) as error:
            LOG.info('The guests of this host are asked one by one: %s', error)
            if isinstance(error, exception.NotResponding):
                self._forget_occupied()
            return {}
        self._queries.answering.add(found)
        return found

    def _forget_occupied(self) -> None:
        """Do not ask those again that owe the bulk question, or another one, an answer."""
        uuids = [guest.uuid for guest in self._together]
        try:
            occupied = self._queries.ask_about_all(functools.partial(
                _occupied, uuids=uuids, patience=self._queries.timeout / 2))
        except exception.NotResponding as error:
            LOG.debug('Which QEMU does not answer is unknown: %s', error)
            return
        for uuid in occupied:
            self._guests.pop(uuid, None)
            _complain(uuid, 'its QEMU does not answer')
        self._queries.answering.discard(occupied)


def _read(
        connection: Any, guests: Sequence[Guest], doubted: Collection[str], patience: float,
) -> Answers:
    """Ask guests, in a native thread.

    :param doubted: those that may owe another client of libvirt an answer
    :param patience: seconds after which one that does is not asked
    :returns: without those of which libvirt did not tell everything
    """
    domains = _domains(connection)
    left_out = _occupied(connection, doubted, patience, domains) if doubted else ()
    found: Answers = {}
    for balloon, groups in (
            (True, libvirt.VIR_DOMAIN_STATS_BLOCK | libvirt.VIR_DOMAIN_STATS_BALLOON),
            (False, libvirt.VIR_DOMAIN_STATS_BLOCK)):
        these = {guest.uuid: guest for guest in guests if guest.balloon is balloon
                 and guest.uuid in domains and guest.uuid not in left_out}
        if these:
            # A guest that something else is done to is passed over, not waited for.
            for domain, statistics in connection.domainListGetStats(
                    [domains[uuid] for uuid in these], groups,
                    libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT):
                uuid = domain.UUIDString()
                if _is_complete(these[uuid], statistics):
                    found[uuid] = statistics
    return found


def _is_complete(guest: Guest, statistics: domain_stats.Statistics) -> bool:
    """Whether libvirt has asked the guest's QEMU, which it does for all groups or for none."""
    if guest.domain.disks:
        return any(key.endswith(_DISK_ASKED) for key in statistics)
    return any(key.startswith('balloon.') and key not in _BALLOON_UNASKED for key in statistics)


def _occupied(
        connection: Any, uuids: Iterable[str], patience: float,
        domains: Optional[Mapping[str, Any]] = None) -> set[str]:
    """Those of some guests whose QEMU owes somebody an answer for longer than ``patience``."""
    domains = domains or _domains(connection)
    found = set()
    for uuid in uuids:
        try:
            if uuid in domains and answering.occupied_for(domains[uuid]) > patience:
                found.add(uuid)
        except libvirt.libvirtError:  # it does not run
            continue
    return found


def _domains(connection: Any) -> dict[str, Any]:
    return {domain.UUIDString(): domain for domain in connection.listAllDomains(
        libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)}


def _complain(uuid: str, problem: object) -> None:
    LOG.warning('Disks and memory use are unknown: %s', problem, instance_uuid=uuid)
