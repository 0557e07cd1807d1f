# SPDX-License-Identifier: Apache-2.0
"""Everything that nova-ext asks libvirt, within a bound and on connections of its own.

A question that hangs must not share a connection with anything: libvirt's client can leave an
answer to another call unread for as long as the first one hangs (seen with libvirt 9.0), and
libvirtd serves only five requests of one client at a time. So Nova's connection is never used.

There are six kinds of questions, by what may keep the answer from coming: libvirt itself; what
libvirt does with one guest, or with any of many; the guest's QEMU; an agent in the guest; Open
vSwitch. Each kind has slots of its own, so that none holds up another. However many guests hang,
Nova keeps five of libvirtd's 20 workers, and of eventlet's 20 threads for calls to libvirt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, TypeVar

import libvirt

from nova_ext import exception
from nova_ext.concurrency import bounded, patience
from nova_ext.nova_compat import libvirt as nova_libvirt
from nova_ext.virt.libvirt import answering, connections, processes

T = TypeVar('T')

#: Asks about a guest, by a libvirt.virConnect that nobody else uses and its virDomain there.
Question = Callable[[Any, Any], T]

#: Asks about many guests in a native thread, by a libvirt.virConnect that nobody else uses. It
#: must neither log nor take a lock: under eventlet these belong to threads of its own.
BulkQuestion = Callable[[Any], T]

#: Questions in flight about guests that libvirtd answers by itself.
ABOUT_LIMIT = 3

#: Questions in flight that need a guest's QEMU. Each that hangs holds one of libvirtd's workers.
GUEST_LIMIT = 13

#: How many of those may hang or be doubtful when another guest is asked that looks like hanging.
DOUBTFUL_LIMIT = 5

#: Questions in flight to agents in guests. One that hangs holds a worker of libvirtd for 6 s.
AGENT_LIMIT = 1

#: Seconds that anybody waits for an agent.
AGENT_TIMEOUT = 0.25

#: Questions in flight that need Open vSwitch's database.
SWITCH_LIMIT = 1


class Queries:
    """Asks the libvirt of one host."""

    def __init__(self, connect: Callable[[], Any], timeout: float) -> None:
        """Know the host.

        :param connect: opens another libvirt.virConnect to the host's libvirtd
        :param timeout: seconds to wait for an answer
        """
        #: Seconds to wait for an answer.
        self.timeout = timeout
        self._pool = connections.Pool(connect)
        #: How long threads may wait, for whatever of this libvirt.
        self.patience = waiting = patience.Patience(patience.LONG_WAITS)
        self._libvirt, self._alive = (
            bounded.BoundedCalls(bounded.Bounds(
                'libvirt', seconds, 1, waiting, error=exception.HypervisorNotResponding))
            for seconds in (timeout, min(timeout, patience.BRIEFLY)))
        self._about, self._about_all = (
            bounded.BoundedCalls(bounded.Bounds('libvirt', timeout, limit, waiting))
            for limit in (ABOUT_LIMIT, 1))
        self._guests = bounded.BoundedCalls(bounded.Bounds(
            'its QEMU', timeout, GUEST_LIMIT, waiting, DOUBTFUL_LIMIT))
        self._agents = bounded.BoundedCalls(bounded.Bounds(
            'its guest agent', min(timeout, AGENT_TIMEOUT), AGENT_LIMIT, waiting))
        self._switch = bounded.BoundedCalls(bounded.Bounds(
            'Open vSwitch', timeout, SWITCH_LIMIT, waiting))
        #: The guests whose QEMU answered when it was last asked.
        self.answering = answering.Answering(timeout)

    def ask_libvirt(self, question: Callable[[Any], T]) -> T:
        """Ask about the host.

        :param question: takes a libvirt.virConnect that nobody else uses
        :raises nova_ext.exception.HypervisorNotResponding: there is no answer
        """
        return self._libvirt.start('libvirt', lambda: self._pool.ask(
            lambda connection: question(connection.raw))).result()

    def list_running(self) -> list[str]:
        """The UUIDs of the guests that run.

        :raises nova_ext.exception.HypervisorNotResponding: there is no answer
        """
        return self.ask_libvirt(lambda connection: [
            domain.UUIDString() for domain in connection.listAllDomains(
                libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)])

    def ask_about(self, uuid: str, question: Question[T]) -> T:
        """Ask about a guest what libvirt knows by itself.

        :raises nova_ext.exception.HypervisorNotResponding: libvirt does not answer at all
        :raises nova_ext.exception.NotResponding: it does not about this guest
        :raises libvirt.libvirtError: libvirt refuses, for example because there is no such guest
        """
        return self.begin_about(uuid, question)()

    def begin_about(self, uuid: str, question: Question[T]) -> Callable[[], T]:
        """Begin to ask about a guest what libvirt knows by itself.

        :returns: waits for the answer, within the bound; raises what :meth:`ask_about` does
        :raises nova_ext.exception.NotResponding: as :meth:`ask_about`
        """
        call = self._checking_alive(lambda: self._start(self._about, uuid, question))
        return lambda: self._checking_alive(call.result)

    def ask_about_all(self, question: BulkQuestion[T]) -> T:
        """Ask about many guests what libvirt knows by itself.

        While one of them keeps it from answering, others are refused.

        :raises nova_ext.exception.HypervisorNotResponding: libvirt does not answer at all
        :raises nova_ext.exception.NotResponding: it does not about one of the guests
        """
        call = self._checking_alive(lambda: self._start_bulk(self._about_all, question))
        return self._checking_alive(call.result)

    def _checking_alive(self, step: Callable[[], T]) -> T:
        """Take a step of asking; when there is no answer, find out whether libvirt answers.

        :raises nova_ext.exception.HypervisorNotResponding: it does not answer at all
        """
        try:
            return step()
        except exception.HypervisorNotResponding:
            raise
        except exception.NotResponding:
            self._check_alive()
            raise

    def _check_alive(self) -> None:
        """Return when libvirt answers.

        :raises nova_ext.exception.HypervisorNotResponding: it does not
        """
        self._alive.start('alive', lambda: self._pool.ask(
            lambda connection: connection.raw.getLibVersion())).result()

    def ask_guest(
            self, uuid: str, question: Question[T],
            process: Optional[processes.Process] = None) -> bounded.Call[T]:
        """Begin to ask what a guest's QEMU has to answer, or what waits until it has answered.

        :param process: its QEMU, if it can be seen; nobody waits for one that is stopped
        :returns: a call whose ``result()`` waits for the answer, within the bound
        :raises nova_ext.exception.NotResponding: it cannot be asked
        """
        if process is not None and process.is_stopped:
            raise exception.NotResponding('its QEMU is stopped')
        return self._start(
            self._guests, uuid,
            lambda connection, domain: self.answering.ask(uuid, question, connection, domain),
            doubtful=process is not None and process.is_blocked)

    def ask_guests(self, question: BulkQuestion[T]) -> bounded.Call[T]:
        """Begin to ask many guests' QEMUs, of which one may keep the answer from coming.

        :returns: as :meth:`ask_guest`
        :raises nova_ext.exception.NotResponding: others have to be answered first
        """
        return self._start_bulk(self._guests, question)

    def ask_agent(self, uuid: str, question: Question[T]) -> bounded.Call[T]:
        """Begin to ask what a guest's agent has to answer.

        :raises nova_ext.exception.NotResponding: another agent has to answer first
        """
        return self._start(self._agents, uuid, question)

    def ask_switch(self, uuid: str, question: Question[T]) -> bounded.Call[T]:
        """Begin to ask about a guest what libvirt has to ask Open vSwitch for.

        :raises nova_ext.exception.NotResponding: others have to be answered first
        """
        return self._start(self._switch, uuid, question)

    def _start(
            self, calls: bounded.BoundedCalls, uuid: str, question: Question[T], *,
            doubtful: bool = False) -> bounded.Call[T]:
        return calls.start(uuid, lambda: self._pool.ask(
            lambda connection: question(connection.raw, connection.domain(uuid))),
            doubtful=doubtful)

    def _start_bulk(
            self, calls: bounded.BoundedCalls, question: BulkQuestion[T]) -> bounded.Call[T]:
        return calls.start(object(), lambda: self._pool.ask(
            lambda connection: nova_libvirt.call(question, connection.raw)))
