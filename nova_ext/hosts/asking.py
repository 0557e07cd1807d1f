# SPDX-License-Identifier: Apache-2.0
"""Asking many compute hosts about their servers, side by side and until one deadline."""

from __future__ import annotations

import collections
import functools
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent import futures
from typing import Any, Optional

from nova import context as nova_context
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.compute import host_diagnostics, rpcapi
from nova_ext.concurrency import background
from nova_ext.concurrency.expiring import ExpiringSet
from nova_ext.db.record import Record
from nova_ext.hosts import reachability
from nova_ext.virt import capabilities

LOG = logging.getLogger(__name__)

#: Hosts of a cell that one request asks at a time. The message bus of a cell may be silent, and
#: with it all its hosts: those of other cells do not wait for them.
AT_ONCE = 24

#: Seconds for which a list does not wait again for a host that has not answered.
SILENT_HOST_TTL = 30

#: Seconds beyond the deadline for threads to say why there is no answer.
_GRACE = 1.5

#: Why a host cannot tell about many servers at once.
_TOO_OLD = 'it runs without nova-ext, or with a version that cannot tell about many servers'

#: The UUID of a cell, and a host there.
HostKey = tuple[str, str]


class Answers:
    """What hosts have told about servers, as it comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_closed = False
        #: What each host has told, by the server's UUID.
        self._told: dict[HostKey, host_diagnostics.HostReport] = {}
        #: Why hosts have told nothing.
        self.missing: dict[HostKey, str] = {}

    def tell(self, host: HostKey, found: host_diagnostics.HostReport) -> None:
        """Take what a host has told; when it comes too late it is nothing."""
        with self._lock:
            if not self._is_closed:
                self._told[host] = found

    def miss(self, host: HostKey, reason: str) -> None:
        """Take why a host has told nothing."""
        with self._lock:
            if not self._is_closed:
                self.missing[host] = reason

    def close(self, hosts: Iterable[HostKey], reason: str) -> None:
        """Take no more; those of some hosts that have told nothing yet are missing."""
        with self._lock:
            self._is_closed = True
            for host in hosts:
                if host not in self._told:
                    self.missing.setdefault(host, reason)

    def of(self, server: Record) -> Optional[capabilities.Found]:
        """What was told about a server; None: its host is missing."""
        told = self._told.get(key(server))
        return None if told is None else told.servers.get(server.uuid)

    def failures(self, server: Record) -> dict[str, int]:
        """How often the host of a server has failed at what; empty: it has not told."""
        told = self._told.get(key(server))
        return {} if told is None else told.failures


class HostQuestions:
    """Asks hosts about their servers. A process has one, for all threads."""

    def __init__(self, client: rpcapi.ComputeAPI, timeout: float) -> None:
        """Know how to ask.

        :param timeout: seconds in which all have to answer
        """
        self._rpc = client
        self._timeout = timeout
        self._reachable = reachability.ComputeHosts()
        #: The hosts that did not answer a short time ago.
        self._silent = ExpiringSet(SILENT_HOST_TTL)

    def ask(
            self, context: Any, servers: Iterable[Record], *, insist: bool = False) -> Answers:
        """Ask the hosts of some servers about them.

        Hosts that are known to be down, and those that were silent a short time ago, are missing
        without being waited for.

        :param context: nova.context.RequestContext
        :param servers: as :func:`nova_ext.db.placed_servers.get_page` reads them
        :param insist: whether to ask those too that were silent a short time ago
        """
        deadline = time.monotonic() + self._timeout
        answers = Answers()
        by_host: dict[HostKey, list[Record]] = {}
        for server in servers:
            by_host.setdefault(key(server), []).append(server)
        asked = {host: of_host for host, of_host in by_host.items()
                 if self._may_ask(host, of_host[0], answers, insist=insist)}
        waiting: dict[str, collections.deque[list[Record]]] = {}
        for (cell, _), of_host in asked.items():
            waiting.setdefault(cell, collections.deque()).append(of_host)
        cells = {cell.uuid: cell for cell in nova_context.CELLS}

        def work(cell: str) -> None:
            while waiting[cell]:
                try:
                    of_host = waiting[cell].popleft()
                except IndexError:  # another thread has taken the last
                    return
                self._ask_host(context, cells[cell], of_host, deadline, answers)

        workers = [background.start('hosts', functools.partial(work, cell))
                   for cell, of_cell in waiting.items()
                   for _ in range(min(AT_ONCE, len(of_cell)))]
        done, _ = futures.wait(workers, self._timeout + _GRACE)
        errors = [error for worker in done if (error := worker.exception())]
        answers.close(asked, f'it could not be asked: {errors[0]}' if errors else
                      f'there was no answer within {self._timeout:g} s')
        return answers

    def _may_ask(
            self, host: HostKey, server: Record, answers: Answers, *, insist: bool) -> bool:
        """Whether to ask a host; if not, it is missing.

        :param server: one of its servers
        """
        try:
            self._reachable.check_service(server.host, server.service)
        except exception.ComputeHostUnavailable as error:
            answers.miss(host, error.reason)
            return False
        if host in self._silent and not insist:
            answers.miss(
                host, f'nova-compute did not answer a request in the last {SILENT_HOST_TTL} s; '
                'lists do not ask it again until that time has passed')
            return False
        return True

    def _ask_host(
            self, context: Any, cell: Any, servers: Sequence[Record], deadline: float,
            answers: Answers) -> None:
        """Ask one host.

        :param cell: its nova.objects.CellMapping
        :param servers: on it
        """
        host, name = key(servers[0]), servers[0].host
        try:
            with nova_context.target_cell(context, cell) as targeted:
                found = self._rpc.get_host_diagnostics(
                    targeted, name, [server.uuid for server in servers], deadline)
        except exception.ComputeHostSilent as error:
            self._silent.add(host)
            answers.miss(host, error.reason)
        except exception.ComputeHostUnavailable as error:
            answers.miss(host, error.reason)
        except Exception as error:  # the others are told about all the same
            LOG.warning('Failed to ask compute host %s about its servers: %s: %s',
                        name, type(error).__name__, error)
            answers.miss(host, f'it failed to tell about its servers ({type(error).__name__})')
        else:
            if found is None:
                answers.miss(host, _TOO_OLD)
            else:
                answers.tell(host, found)


def key(server: Record) -> HostKey:
    """The host of a server."""
    return server.cell, server.host_key
