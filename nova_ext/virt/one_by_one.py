# SPDX-License-Identifier: Apache-2.0
"""Many servers' diagnostics from a driver that has no way to ask about many at once.

A few are asked about at a time, until all are or the time is up.
"""

from __future__ import annotations

import collections
import contextlib
import time
from collections.abc import Collection
from typing import Any

from nova import exception as nova_exception
from nova import objects as nova_objects
from oslo_log import log as logging

from nova_ext.concurrency import background
from nova_ext.objects import diagnostics
from nova_ext.virt import capabilities

LOG = logging.getLogger(__name__)


class OneByOne:
    """Asks what tells about one server at a time."""

    def __init__(
            self, single: capabilities.Diagnostics, driver: str, *, at_once: int,
            seconds: float) -> None:
        """Know whom to ask.

        :param single: whoever is asked needs nothing of a server but its UUID
        :param driver: as in :class:`nova_ext.objects.diagnostics.Diagnostics`
        :param at_once: servers that may be asked about at a time
        :param seconds: in which all have to be asked about; an answer may take its own time then
        """
        self._single = single
        self._driver = driver
        self._at_once = at_once
        self._seconds = seconds

    def collect_many(self, uuids: Collection[str]) -> dict[str, capabilities.Found]:
        """What is known about some servers now; those that there was no time for do not respond.

        :raises nova.exception.HypervisorUnavailable: it cannot be asked about any
        """
        waiting = collections.deque(uuids)
        found: dict[str, capabilities.Found] = {}
        errors: list[nova_exception.HypervisorUnavailable] = []
        deadline = time.monotonic() + self._seconds

        def work() -> None:
            while waiting and not errors and time.monotonic() < deadline:
                try:
                    uuid = waiting.popleft()
                except IndexError:  # another thread has taken the last
                    return
                try:
                    found[uuid] = self._ask(uuid)
                except nova_exception.HypervisorUnavailable as error:
                    errors.append(error)

        # The last of them is this thread itself.
        others = [background.start('diagnostics', work)
                  for _ in range(min(self._at_once, len(uuids)) - 1)]
        work()
        for other in others:
            with contextlib.suppress(background.NoThread):
                other.result()  # each question has a bound
        if errors and not found:
            raise errors[0]
        if len(found) < len(uuids):
            LOG.warning('No diagnostics of %d of %d servers: %s', len(uuids) - len(found),
                        len(uuids), errors[0] if errors else 'there was no time to ask')
        return {uuid: found.get(uuid) or self._unknown() for uuid in uuids}

    def _ask(self, uuid: str) -> capabilities.Found:
        instance: Any = nova_objects.Instance(uuid=uuid)
        try:
            known = self._single.collect(instance)
        except nova_exception.HypervisorUnavailable:
            raise
        except nova_exception.InstanceNotFound:
            known = diagnostics.Diagnostics.unknown(state='pending', driver=self._driver)
        except Exception as error:  # the others are asked about all the same
            LOG.warning('Failed to read diagnostics: %s', repr(error), instance_uuid=uuid)
            return self._unknown()
        return capabilities.Found(responding=known.state is not None, diagnostics=known)

    def _unknown(self) -> capabilities.Found:
        return capabilities.Found(
            responding=False, diagnostics=diagnostics.Diagnostics.unknown(driver=self._driver))
