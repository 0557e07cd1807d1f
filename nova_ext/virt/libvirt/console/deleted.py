# SPDX-License-Identifier: Apache-2.0
"""The logs of servers that were deleted on this host: kept for a while, read, and deleted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from nova import exception as nova_exception
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext.virt import capabilities, failures
from nova_ext.virt.best_effort import best_effort
from nova_ext.virt.libvirt.console import consoles, leftovers, places, privileged

LOG = logging.getLogger(__name__)

#: Seconds between two looks at what was kept long enough.
_INTERVAL = 60.0

_HOUR = 3600
_MIB = 1024 * 1024


class DeletedLogs:
    """Keeps logs of deleted servers, and reads them beside those of the others."""

    def __init__(self, conf: cfg.ConfigOpts, host_consoles: consoles.Consoles,
                 of_others: capabilities.ConsoleLog) -> None:
        """Know the host.

        :param host_consoles: its consoles
        :param of_others: reads the logs of servers that are not deleted
        """
        self.failures = host_consoles.failures
        self._conf = conf
        self._consoles = host_consoles
        self._others = of_others
        #: Why logs could not be deleted, as far as it was logged.
        self._failed: dict[str, str] = {}

    @property
    def interval(self) -> float:
        """Seconds between two calls of :meth:`remove_old`; 0: one is enough."""
        return _INTERVAL if self._seconds else 0.0

    @property
    def _seconds(self) -> int:
        return int(self._conf.nova_ext.console_log_after_delete) * _HOUR

    @property
    def _quota(self) -> int:
        return int(self._conf.nova_ext.console_log_after_delete_size) * _MIB

    @property
    def _directory(self) -> str:
        return places.deleted_directory(self._conf.instances_path, self._conf.host)

    @failures.counted(failures.CONSOLE_LOG)
    def keep(self, instance: Any) -> None:
        """Keep the logs of a server whose files are about to be deleted with the server itself.

        Nova deletes files on a host also when a server moves, is shelved, was evacuated, or does
        not arrive: the server is not deleted then, or its log is another host's.

        :raises OSError: one cannot be kept
        :raises nova_ext.exception.NotResponding: one is not kept in time
        """
        if not (self._seconds and self._consoles.are_logged
                and leftovers.is_deleted(instance) and instance.host == self._conf.host):
            return
        paths = sorted(self._consoles.get_current_log_paths(instance).items())
        if self._consoles.disk.call(_uuid(instance), lambda: self._keep_all(instance, paths)):
            with best_effort('Failed to delete old console logs of deleted servers before the '
                             'next pass', instance):
                self._consoles.disk.call(self._directory, self.remove_old)

    def _keep_all(self, instance: Any, paths: Iterable[tuple[int, str]]) -> bool:
        """Keep the logs of serial ports, each if it can be; return whether anything is kept.

        :raises OSError: one cannot be kept
        """
        left = self._quota
        errors = []
        for port, path in paths:
            try:
                left -= self._keep_one(instance, path, port, left)
            except OSError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return left < self._quota

    def _keep_one(self, instance: Any, path: str, port: int, quota: int) -> int:
        """Keep the log of a serial port; return how many bytes are kept of it."""
        kept = privileged.keep_log(path, self._directory, _uuid(instance), port, quota)
        if kept.older:
            LOG.warning('Kept the newest %d bytes of the console log of the deleted server; %d '
                        'older bytes are more than may be kept', kept.size, kept.older,
                        instance=instance)
        elif kept.size:
            LOG.info('Kept the console log of the deleted server, %d bytes', kept.size,
                     instance=instance)
        return kept.size

    def remove_old(self) -> None:
        """Delete what was kept long enough, and what is more than may be kept.

        :raises OSError: the directory cannot be read; or nothing is to be kept, and something is
        """
        try:
            removed = privileged.remove_kept_logs(self._directory, self._seconds, self._quota)
        except PermissionError:
            if self._seconds:
                raise
            return  # where root may not look, as on NFS, it has kept nothing
        for server in removed.expired:
            LOG.info('Deleted the console log of the deleted server, which was kept long enough',
                     instance_uuid=server)
        for server in removed.displaced:
            LOG.info('Deleted the console log of the deleted server before its time, because the '
                     'logs of all deleted servers have more than %d MiB',
                     self._conf.nova_ext.console_log_after_delete_size, instance_uuid=server)
        for server, reason in removed.failed.items():
            if self._failed.get(server) != reason:
                LOG.warning('Failed to delete the console log of the deleted server: %s', reason,
                            instance_uuid=server)
        self._failed = removed.failed
        if removed.failed and not self._seconds:  # then it is tried until it has succeeded once
            raise OSError(f'{len(removed.failed)} console logs of deleted servers are left')

    def read_console_log(
            self, instance: Any, start: int, limit: int, port: int = 0) -> capabilities.LogPart:
        """As :meth:`nova_ext.virt.capabilities.ConsoleLog.read_console_log`.

        :param instance: nova.objects.Instance, deleted or not
        """
        if not instance.deleted:
            return self._others.read_console_log(instance, start, limit, port)
        server = _uuid(instance)
        try:
            return self._consoles.disk.call(server, lambda: privileged.read_kept_log(
                self._directory, server, port, self._seconds, start, limit))
        except FileNotFoundError:
            raise nova_exception.ConsoleNotAvailable(
                f'The console log of deleted server {server} is not, or no longer, kept on its '
                'host, or the server had no such serial port.') from None
        except OSError as error:
            LOG.warning('The console log of the deleted server cannot be read: %s', error,
                        instance=instance)
            raise nova_exception.ConsoleNotAvailable(
                f'The console log of deleted server {server} cannot be read on its host: '
                f'{error.strerror or error}.') from error


def _uuid(instance: Any) -> str:
    """A server's UUID, which becomes the name of a directory.

    :raises ValueError: it is none
    """
    return str(uuid.UUID(instance.uuid))
