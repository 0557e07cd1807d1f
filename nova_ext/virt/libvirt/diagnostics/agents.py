# SPDX-License-Identifier: Apache-2.0
"""Whether the agents in the guests answer.

Only a guest whose domain has the channel for one is asked, and only while something in the guest
has opened it. Nobody waits longer than :data:`nova_ext.virt.libvirt.queries.AGENT_TIMEOUT`; what
comes later than that is noted for the next request.

libvirt's own questions to an agent, such as for the time, wait for as long as that is silent (seen
with libvirt 9.0), and for the whole time hold a worker of libvirtd and the guest's agent. So it is
asked by the call that takes a bound, at the price that libvirt marks the domain as tainted by a
command to its agent, which it says once in its log.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any, Optional

import libvirt
import libvirt_qemu
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.concurrency import bounded
from nova_ext.nova_compat import libvirt as nova_libvirt
from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.diagnostics import readings

LOG = logging.getLogger(__name__)

#: Seconds for which an agent that answered is not asked again.
_GOOD_FOR = 10.0

#: The same for one that did not: to ask it takes the slot of all agents for some seconds.
_BAD_FOR = 60.0

#: Does nothing but answer. Whatever comes back is an answer, even that it may not do that.
_PING = '{"execute": "guest-ping"}'

#: Seconds after which libvirt gives up. Before that it may wait 5 s for the agent to be in step.
_LIBVIRT_TIMEOUT = 1

#: The errors of libvirt that say that the agent is silent.
_SILENT = (libvirt.VIR_ERR_AGENT_UNRESPONSIVE, libvirt.VIR_ERR_AGENT_UNSYNCED)


@dataclasses.dataclass(frozen=True)
class _Note:
    """What came of asking."""

    domain_id: int
    answers: bool
    #: Monotonic time.
    good_until: float


class GuestAgents:
    """Asks the agents of one host's guests, and keeps their answers for a while."""

    def __init__(self, host_queries: queries.Queries, *, are_asked: bool) -> None:
        """Know the host.

        :param host_queries: asks its libvirt
        :param are_asked: whether agents may be sent a question
        """
        self._queries = host_queries
        self._are_asked = are_asked
        self._lock = threading.Lock()
        self._notes: dict[str, _Note] = {}

    def begin(self, uuid: str, reading: readings.Reading) -> Callable[[], Optional[bool]]:
        """Begin to find out whether a guest's agent answers.

        :param reading: of the guest
        :returns: waits for the answer, within the bound; None: it is not known, or the guest has
            no channel for an agent or does not run
        """
        description = reading.described.domain
        # A guest that is paused answers nothing, whatever is in it.
        if description.agent is None or reading.state[0] != libvirt.VIR_DOMAIN_RUNNING:
            return lambda: None
        if not description.agent:
            return lambda: False
        if not self._are_asked:
            return lambda: None
        noted = self._noted(uuid, description.id)
        if noted is not None:
            return lambda: noted
        try:
            call = self._queries.ask_agent(
                uuid, lambda _, domain: self._ask(uuid, description.id, domain))
        except exception.NotResponding as error:
            LOG.debug('Whether its agent answers is unknown: %s', error, instance_uuid=uuid)
            return lambda: None
        return lambda: _wait(uuid, call)

    def _noted(self, uuid: str, domain_id: int) -> Optional[bool]:
        """Whether the agent answered a short time ago; None: it was not asked then."""
        with self._lock:
            note = self._notes.get(uuid)
        if (note is None or note.domain_id != domain_id
                or note.good_until < time.monotonic()):
            return None
        return note.answers

    def _ask(self, uuid: str, domain_id: int, domain: Any) -> bool:
        try:
            nova_libvirt.call(
                libvirt_qemu.qemuAgentCommand, domain, _PING, _LIBVIRT_TIMEOUT, 0)
            answers = True
        except libvirt.libvirtError as error:
            if error.get_error_code() not in _SILENT:
                raise
            LOG.debug('Its agent: %s', error, instance_uuid=uuid)
            answers = False
        now = time.monotonic()
        note = _Note(domain_id, answers, now + (_GOOD_FOR if answers else _BAD_FOR))
        with self._lock:
            self._notes = {
                other: kept for other, kept in self._notes.items() if kept.good_until > now}
            self._notes[uuid] = note
        return answers


def _wait(uuid: str, call: bounded.Call[bool]) -> Optional[bool]:
    try:
        return call.result()
    except (exception.NotResponding, libvirt.libvirtError) as error:
        LOG.debug('Whether its agent answers is unknown: %s', error, instance_uuid=uuid)
        return None
