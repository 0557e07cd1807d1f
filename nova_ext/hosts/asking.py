# SPDX-License-Identifier: Apache-2.0
"""Asking many compute hosts about their servers, side by side and until one deadline."""

from __future__ import annotations

import collections
import functools
import time
from collections.abc import Iterable
from concurrent import futures
from typing import Any, NamedTuple, Optional

from nova import context as nova_context
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.compute import rpcapi
from nova_ext.concurrency import background
from nova_ext.concurrency.expiring import ExpiringSet
from nova_ext.db.record import Record
from nova_ext.hosts import reachability
from nova_ext.hosts.answers import Answers, HostKey, key

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


class _Host(NamedTuple):
    """A host to be asked."""

    #: Of it, or of a server there.
    record: Record
    #: The servers to be asked about.
    uuids: list[str]


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
            self, context: Any, servers: Iterable[Record],
            only: Optional[Record] = None) -> Answers:
        """Ask the hosts of some servers about them.

        Hosts that are known to be down, and those that were silent a short time ago, are missing
        without being waited for.

        :param context: nova.context.RequestContext
        :param servers: as :func:`nova_ext.db.placed_servers.get_page` reads them
        :param only: the host that they are all on, with ``host``, ``host_key``, ``service`` and
            ``cell`` as they have it: it is asked though it was silent a short time ago, or has
            no server
        """
        deadline = time.monotonic() + self._timeout
        answers = Answers()
        by_host: dict[HostKey, _Host] = {}
        if only is not None:
            by_host[key(only)] = _Host(only, [])
        for server in servers:
            by_host.setdefault(key(server), _Host(server, [])).uuids.append(server.uuid)
        asked = {known: host for known, host in by_host.items()
                 if self._may_ask(host.record, answers, insist=only is not None)}
        waiting: dict[str, collections.deque[_Host]] = {}
        for (cell, _), host in asked.items():
            waiting.setdefault(cell, collections.deque()).append(host)
        cells = {cell.uuid: cell for cell in nova_context.CELLS}

        def work(cell: str) -> None:
            while waiting[cell]:
                try:
                    host = waiting[cell].popleft()
                except IndexError:  # another thread has taken the last
                    return
                self._ask_host(context, cells[cell], host, deadline, answers)

        workers = [background.start('hosts', functools.partial(work, cell))
                   for cell, of_cell in waiting.items()
                   for _ in range(min(AT_ONCE, len(of_cell)))]
        done, _ = futures.wait(workers, self._timeout + _GRACE)
        errors = [error for worker in done if (error := worker.exception())]
        answers.close(asked, f'it could not be asked: {errors[0]}' if errors else
                      f'there was no answer within {self._timeout:g} s')
        return answers

    def _may_ask(
            self, record: Record, answers: Answers, *, insist: bool) -> bool:
        """Whether to ask a host; if not, it is missing."""
        host = key(record)
        try:
            self._reachable.check_service(record.host, record.service)
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
            self, context: Any, cell: Any, asked: _Host, deadline: float,
            answers: Answers) -> None:
        """Ask one host.

        :param cell: its nova.objects.CellMapping
        """
        host, name = key(asked.record), asked.record.host
        try:
            with nova_context.target_cell(context, cell) as targeted:
                found = self._rpc.get_host_diagnostics(targeted, name, asked.uuids, deadline)
        except exception.ComputeHostSilent as error:
            self._silent.add(host)
            answers.miss(host, error.reason)
        except exception.NoTimeForComputeHost as error:
            answers.postpone(host, error.reason)
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
