# SPDX-License-Identifier: Apache-2.0
"""Many servers' diagnostics from a driver that has no way to ask about many at once.

A few are asked about at a time, until all are or the time is up.
"""

from __future__ import annotations

import collections
import contextlib
import time
from collections.abc import Callable, Collection
from typing import Any, Optional

from nova import exception as nova_exception
from nova import objects as nova_objects
from oslo_log import log as logging

from nova_ext.concurrency import background
from nova_ext.objects import diagnostics
from nova_ext.virt import capabilities

LOG = logging.getLogger(__name__)


#: Seconds in which questions are begun. A question may take two bounds of its own then, and all of
#: it has to be less than nova-api waits; whoever has more time asks for the rest.
BEGIN_WITHIN = 1.0


class OneByOne:
    """Asks what tells about one server at a time."""

    def __init__(
            self, single: capabilities.Diagnostics, driver: str, *, at_once: int) -> None:
        """Know whom to ask.

        :param single: whoever is asked needs nothing of a server but its UUID
        :param driver: as in :class:`nova_ext.objects.diagnostics.Diagnostics`
        :param at_once: servers that may be asked about at a time
        """
        self._single = single
        self._driver = driver
        self._at_once = at_once

    def collect_many(self, uuids: Collection[str]) -> dict[str, capabilities.Found]:
        """What is known about some servers now, as many as there is time for.

        :returns: the first of them
        :raises nova.exception.HypervisorUnavailable: it answers about none
        """
        asking = _Asking(uuids, self._ask, self._at_once)
        # The last of them is this thread itself.
        others = [background.start('diagnostics', asking.run)
                  for _ in range(min(self._at_once, len(uuids)) - 1)]
        asking.run()
        for other in others:
            with contextlib.suppress(background.NoThread):
                other.result()  # each question has a bound
        if asking.error and not asking.found:
            raise asking.error
        for uuid in asking.silent:
            asking.found[uuid] = capabilities.Found(
                responding=False, diagnostics=diagnostics.Diagnostics.unknown(driver=self._driver))
        return {uuid: asking.found[uuid] for uuid in uuids if uuid in asking.found}

    def _ask(self, uuid: str) -> capabilities.Found:
        """Ask about a server.

        :raises nova.exception.HypervisorUnavailable: it does not answer about this one
        """
        instance: Any = nova_objects.Instance(uuid=uuid)
        try:
            known = self._single.collect(instance)
        except nova_exception.HypervisorUnavailable:
            raise
        except nova_exception.InstanceNotFound:
            known = diagnostics.Diagnostics.unknown(state='pending', driver=self._driver)
        except Exception as error:  # the others are asked about all the same
            LOG.warning('Failed to read diagnostics: %s', repr(error), instance_uuid=uuid)
            return capabilities.Found(
                responding=False, diagnostics=diagnostics.Diagnostics.unknown(driver=self._driver))
        return capabilities.Found(responding=True, diagnostics=known)


class _Asking:
    """Some servers, of which several threads take one after the other."""

    def __init__(
            self, uuids: Collection[str], ask: Callable[[str], capabilities.Found],
            patience: int) -> None:
        """Begin.

        :param patience: servers in a row that the hypervisor does not answer about before it is
            asked nothing more: about one alone something else may be wrong
        """
        self._waiting = collections.deque(uuids)
        self._ask = ask
        self._patience = patience
        self._deadline = time.monotonic() + BEGIN_WITHIN
        self._in_a_row = 0
        #: What was told, by UUID.
        self.found: dict[str, capabilities.Found] = {}
        #: The servers that there was no answer about.
        self.silent: list[str] = []
        #: Why.
        self.error: Optional[nova_exception.HypervisorUnavailable] = None

    def run(self) -> None:
        """Ask about one server after the other, until all are taken or the time is up."""
        while self._in_a_row < self._patience and time.monotonic() < self._deadline:
            try:
                uuid = self._waiting.popleft()
            except IndexError:
                return
            try:
                self.found[uuid] = self._ask(uuid)
                self._in_a_row = 0
            except nova_exception.HypervisorUnavailable as error:
                self.silent.append(uuid)
                self._in_a_row += 1
                self.error = error
