# SPDX-License-Identifier: Apache-2.0
"""Asks the API about all hosts, again and again, some of them at a time."""

from __future__ import annotations

import collections
import concurrent.futures
import functools
import queue
import time

from keystoneauth1 import adapter as ksa_adapter
from oslo_log import log as logging

from nova_ext.cli import client, exceptions
from nova_ext.concurrency import limiter, workers
from nova_ext.exporter import blocks, hosts
from nova_ext.exporter.settings import Settings
from nova_ext.exporter.store import Figures, Store
from nova_ext.openmetrics import families

LOG = logging.getLogger(__name__)

#: What an answer that is not as the API has it makes of whoever reads it.
_MALFORMED = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)

#: Why something failed that was expected of nothing.
_FAULT = 'fault'

#: For the limiter: the list of hosts, which no host is called.
_LIST = ''


class Refresher:
    """Fills a store."""

    def __init__(self, settings: Settings, adapter: ksa_adapter.Adapter, store: Store) -> None:
        self._settings = settings
        self._adapter = adapter
        self._store = store
        self._workers = workers.Workers('exporter')
        # A host that hangs keeps its own thread, and no other is made for it.
        self._limiter = limiter.CallLimiter(1)

    def run(self) -> None:
        """Go on for ever, with a round at each interval; one that takes longer delays the next."""
        due = time.monotonic()
        while True:
            try:
                self.refresh()
            except Exception:
                LOG.exception('Failed to read the cloud, next attempt in %g s',
                              self._settings.interval)
            due = max(due + self._settings.interval, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))

    def refresh(self) -> None:
        """Ask for the hosts, then all that are up."""
        began = time.monotonic()
        # A client each time: an API that was upgraded serves other versions than before.
        asking = client.Client(self._adapter, self._settings.host_timeout)
        found = self._list(asking)
        if found is None:
            return
        waiting: queue.SimpleQueue[hosts.Host] = queue.SimpleQueue()
        for host in found:
            if host.is_up:
                waiting.put(host)
            else:  # the API would say no more than that
                self._note_failure(host.name, 'down', 'the host is down')
        concurrent.futures.wait([
            self._workers.start(functools.partial(self._read_all, asking, waiting))
            for _ in range(min(self._settings.concurrency, waiting.qsize()))])
        taken = time.monotonic() - began
        self._store.note_round(taken)
        LOG.debug('Asked %d hosts in %.1f s', len(found), taken)

    def _list(self, asking: client.Client) -> list[hosts.Host] | None:
        """The hosts; None: there is no list, or nothing to ask them for."""
        asked = time.monotonic()

        def ask() -> tuple[list[client.Body], client.DownCells]:
            asking.negotiate(client.HYPERVISOR_DIAGNOSTICS)
            return asking.hypervisors({})

        try:
            shown, down_cells = self._limiter.call(_LIST, self._settings.host_timeout, ask)
            found = hosts.read(shown)
            parts = blocks.split(families.collect(hosts.describe(found), hosts.FAMILIES))
        except Exception as error:
            reason, text = _explain(error)
            self._store.note_list_failed(reason)
            LOG.warning('Failed to list the hosts, next attempt in %g s: %s',
                        self._settings.interval, text, exc_info=reason == _FAULT)
            return None
        self._store.note_list([host.name for host in found], tuple(parts), asked, len(down_cells))
        return found

    def _read_all(self, asking: client.Client, waiting: queue.SimpleQueue[hosts.Host]) -> None:
        """Read one host after the other until none is left."""
        while True:
            try:
                host = waiting.get_nowait()
            except queue.Empty:
                return
            self._read(asking, host)

    def _read(self, asking: client.Client, host: hosts.Host) -> None:
        asked = time.monotonic()
        try:
            told = self._limiter.call(
                host.name, self._settings.host_timeout,
                lambda: self._ask(asking, host, asked + self._settings.host_timeout))
            entries = [entry for one in told for entry in one['diagnostics']]
            # Each hypervisor of a host that is no bare metal has all its servers.
            servers = len({entry['server_id'] for entry in entries})
            failures = dict(collections.ChainMap(*(one['host_failures'] for one in told)))
            figures = Figures(
                asked, time.monotonic() - asked, servers,
                tuple(blocks.split(families.make(entries, host_failures=failures))))
        except Exception as error:  # whatever it is, the other hosts are read
            self._note_failure(host.name, *_explain(error))
        else:
            if self._store.note_figures(host.name, figures):
                LOG.info('Host %s can be read again', host.name)

    def _ask(
            self, asking: client.Client, host: hosts.Host, until: float) -> list[client.Body]:
        """What is known of each hypervisor of a host, without those that were removed since.

        :param until: monotonic time after which nobody waits any longer
        :raises TimeoutError: there are more than can be asked until then
        """
        told: list[client.Body] = []
        removed: exceptions.Refused | None = None
        for one in host.hypervisor_ids:
            if time.monotonic() > until:
                raise TimeoutError(
                    f'{len(told)} of {len(host.hypervisor_ids)} hypervisors were read in time')
            try:
                told.append(asking.hypervisor_diagnostics(one))
            except exceptions.Refused as error:
                if error.status != 404:
                    raise
                LOG.debug('Hypervisor %s of host %s is not read: %s', one, host.name, error)
                removed = error
        if removed is not None and not told:
            raise removed
        return told

    def _note_failure(self, name: str, reason: str, text: str) -> None:
        """Log it once, when it begins."""
        if self._store.note_failure(name, reason):
            LOG.warning('Failed to read host %s: %s', name, text, exc_info=reason == _FAULT)


def _explain(error: Exception) -> tuple[str, str]:
    """Why something failed: a label of few values, and words."""
    if isinstance(error, exceptions.Refused):
        return f'http_{error.status}', str(error)
    if isinstance(error, exceptions.NotServed):
        return 'not_served', str(error)
    if isinstance(error, exceptions.Malformed):
        return 'malformed', str(error)
    if isinstance(error, (exceptions.NoAnswer, TimeoutError)):
        return 'no_answer', str(error)
    if isinstance(error, exceptions.ClientError):
        return 'client', str(error)
    if isinstance(error, _MALFORMED):
        return 'malformed', f'the answer is malformed ({type(error).__name__}: {error})'
    return _FAULT, f'{type(error).__name__}: {error}'
