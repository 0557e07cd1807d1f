# SPDX-License-Identifier: Apache-2.0
"""Who may refresh a server's metadata: one thread at a time, and nobody instead of Nova."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from oslo_concurrency import lockutils
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.virt.libvirt.metadata import records

LOG = logging.getLogger(__name__)

#: Seconds to wait for the end of another refresh of the same server.
LOCK_TIMEOUT = 10.0


class Turns:
    """Gives threads of one host their turns with a server."""

    def __init__(self, conf: cfg.ConfigOpts, nova_records: records.Records) -> None:
        """Know the host, and whom to ask about a server."""
        self._conf = conf
        self._records = nova_records
        self._locks = lockutils.Semaphores()

    @contextlib.contextmanager
    def take(self, uuid: str) -> Iterator[records.Record]:
        """A server's record, to write what it says before anybody else reads it.

        :raises TimeoutError: another refresh of the server does not end
        """
        lock = self._locks.get(uuid)
        if not lock.acquire(timeout=LOCK_TIMEOUT):
            raise TimeoutError(f'another refresh of it has not ended within {LOCK_TIMEOUT:g} s')
        try:
            yield self._records.read(uuid)
        finally:
            lock.release()

    @contextlib.contextmanager
    def unless_overtaken(self, record: records.Record) -> Iterator[None]:
        """Pass over an error if Nova has begun something since a server's record was read.

        That may have ended the guest or keep libvirt from changing it. The guest that Nova makes
        has true metadata; if it makes none, the next pass over all guests writes what is missing.

        :raises nova_ext.exception.HypervisorNotResponding: whatever Nova does
        :raises Exception: the error, which Nova does not explain
        """
        try:
            yield
        except exception.HypervisorNotResponding:
            raise
        except Exception as error:
            now = self._records.read(record.instance.uuid)
            if self.is_idle(now) and now.instance.updated_at == record.instance.updated_at:
                raise
            LOG.debug('Domain metadata is not refreshed, for an operation has begun: %s: %s',
                      type(error).__name__, error, instance=record.instance)

    def is_idle(self, record: records.Record) -> bool:
        """Whether a server is this host's and Nova is doing nothing with it."""
        return bool(record.instance.task_state is None
                    and record.instance.host == self._conf.host)
