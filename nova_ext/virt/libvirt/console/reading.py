# SPDX-License-Identifier: Apache-2.0
"""Reading a host's console logs by offset, and keeping the offsets while nobody reads."""

from __future__ import annotations

from typing import Any, NamedTuple

from nova import exception as nova_exception
from oslo_log import log as logging

from nova_ext.virt import capabilities, failures
from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.console import consoles, privileged

LOG = logging.getLogger(__name__)

#: Seconds between two looks at all logs. What is gone before a look was never counted.
NOTE_INTERVAL = 10.0

#: Seconds between two looks while they fail, as libvirt does not answer: virtlogd goes on.
NOTE_LONGEST_PAUSE = 60.0


class _Guest(NamedTuple):
    """As much of a nova.objects.Instance as tells where its log is."""

    uuid: str


class Reader:
    """Reads the logs of a host's guests."""

    def __init__(self, host_queries: queries.Queries, its_consoles: consoles.Consoles) -> None:
        """Know the host.

        :param host_queries: asks its libvirt
        :param its_consoles: where they are logged
        """
        self._queries = host_queries
        self._consoles = its_consoles
        #: Why the offsets of logs could not be kept, as far as it was logged.
        self._failed: dict[str, str] = {}

    def read_console_log(
            self, instance: Any, start: int, limit: int, port: int = 0) -> capabilities.LogPart:
        """What a guest has printed from an offset on, whether or not it is running.

        :param instance: nova.objects.Instance
        :param start: as for :func:`nova_ext.virt.libvirt.console.offsets.read`
        :param limit: as there
        :param port: the number of the serial port on which it has
        :raises nova.exception.ConsoleNotAvailable: there is no log or it cannot be read, in words
            for the caller
        :raises nova_ext.exception.NotResponding: the disk does not answer
        """
        if not self._consoles.are_logged:
            raise nova_exception.ConsoleNotAvailable(
                f'The console of server {instance.uuid} is not logged on its host.')
        path = self._consoles.get_current_log_paths(instance).get(port)
        if path is None:
            raise nova_exception.ConsoleNotAvailable(
                f'Server {instance.uuid} has no serial port {port} that is logged on its host.')
        try:
            return self._consoles.disk.call(instance.uuid, lambda: privileged.read_part_of_log(
                path, start, limit))
        except FileNotFoundError:
            raise nova_exception.ConsoleNotAvailable(
                self._consoles.explain_missing(instance)) from None
        except OSError as error:
            LOG.warning('The console log %s cannot be read by offset: %s', path, error,
                        instance=instance)
            raise nova_exception.ConsoleNotAvailable(
                f'The console log of server {instance.uuid} cannot be read on its host: '
                f'{error.strerror or error}.') from error

    def note_all(self) -> None:
        """Count what the guests have printed before virtlogd deletes it.

        :raises nova_ext.exception.NotResponding: the guests cannot be listed
        """
        running = self._queries.list_running()
        # The disk, which may not answer, is looked at in the daemon alone.
        paths = {path: uuid for uuid in running
                 for path in self._consoles.get_possible_log_paths(_Guest(uuid))}
        failed = privileged.note_logs(list(paths))
        for path, reason in failed.items():
            self._consoles.failures.note(failures.CONSOLE_LOG)
            if self._failed.get(path) != reason:
                LOG.warning('Failed to keep the offsets of the console log %s: %s', path, reason,
                            instance_uuid=paths[path])
        self._failed = failed
