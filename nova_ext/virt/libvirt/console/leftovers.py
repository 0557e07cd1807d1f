# SPDX-License-Identifier: Apache-2.0
"""Logs of servers that have left a host, outside the directories that Nova deletes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from nova.compute import task_states, vm_states
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext.virt import failures
from nova_ext.virt.libvirt.console import consoles, privileged

LOG = logging.getLogger(__name__)

T = TypeVar('T')


class Leftovers:
    """Deletes what is somewhere else by now, and nothing else. A failure is logged."""

    def __init__(self, conf: cfg.ConfigOpts, host_consoles: consoles.Consoles) -> None:
        """Know the host.

        :param host_consoles: its consoles
        """
        self._conf = conf
        self._consoles = host_consoles
        #: The server that the present thread starts anew; others may delete it meanwhile.
        self._restarted = threading.local()

    @contextlib.contextmanager
    def restarting(self, instance: Any) -> Iterator[None]:
        """A guest is destroyed meanwhile so that it can be started anew here.

        With ``[workarounds] ensure_libvirt_rbd_instance_dir_cleanup`` Nova deletes its files.
        """
        self._restarted.uuid = instance.uuid
        try:
            yield
        finally:
            self._restarted.uuid = None

    def is_restarted(self, instance: Any) -> bool:
        """Whether this thread starts a server anew, whose log goes on."""
        uuid = getattr(self._restarted, 'uuid', None)
        return uuid is not None and bool(uuid == instance.uuid)

    def delete_with_files(self, instance: Any) -> None:
        """Delete whatever this host has logged of a server whose files are deleted here.

        Its guest may have been started before another directory was configured. What was set
        aside, which is the only copy, goes with the server itself and not before.
        """
        if self._is_leaving(instance):
            return
        # The disk, which may not answer, is looked at in the daemon alone.
        for path in {*self._consoles.get_current_log_paths(instance).values(),
                     *self._consoles.get_possible_log_paths(instance)}:
            if self._is_in_another_cell(instance):
                self.discard_or_keep(path, instance, sent=False)
            else:
                self._delete(path, instance, aside=is_deleted(instance))

    def _is_leaving(self, instance: Any) -> bool:
        """Whether the server goes to another host, and its log was or will be dealt with.

        It may come back from another cell, so that its log stays until the resize is confirmed.
        """
        return bool(instance.task_state == task_states.RESIZE_REVERTING
                    or (instance.task_state in (task_states.MIGRATING,
                                                task_states.RESIZE_MIGRATING)
                        and instance.host == self._conf.host))

    def _is_in_another_cell(self, instance: Any) -> bool:
        """Whether the server was resized into another cell, where its history cannot go.

        This is its record in this cell, which is the source's for good. In one cell a server that
        was resized has the host that it is on now, and no files are deleted on the source.
        """
        return bool(instance.task_state == task_states.RESIZE_MIGRATED
                    and instance.host == self._conf.host)

    def discard_or_keep(self, path: str, instance: Any, *, sent: bool) -> None:
        """Give up the log of a server that has left this host.

        :param sent: whether all that was to go with the server is where that is now; if not,
            this is the only copy, and is kept under another name
        """
        if sent:
            self._delete(path, instance, aside=False)
            return
        if not self._consoles.is_elsewhere(path, instance):
            return
        try:
            kept = self._call(instance, lambda: privileged.set_log_aside(path))
        except Exception as error:  # Nova goes on all the same
            self._consoles.failures.note(failures.CONSOLE_LOG)
            _warn(path, instance, error)
        else:
            if kept:
                LOG.warning('The console log stays on this host as %s, because it has not '
                            'arrived on the server\'s new host', kept, instance=instance)

    def _delete(self, path: str, instance: Any, *, aside: bool) -> None:
        if not self._consoles.is_elsewhere(path, instance):
            return
        try:
            self._call(instance, lambda: privileged.remove_log(path, aside))
        except Exception as error:  # Nova goes on all the same
            _warn(path, instance, error)

    def note_sent(self, path: str, instance: Any, *, sent: bool) -> None:
        """Remember whether a log has arrived where its server went, until the server stays there.

        :param sent: as for :meth:`discard_or_keep`
        """
        if not self._consoles.is_elsewhere(path, instance):
            return
        try:
            self._call(instance, lambda: privileged.mark_log_sent(path, sent))
        except Exception as error:  # it is kept then
            LOG.warning('Failed to record that the console log %s has arrived on the server\'s '
                        'new host: %s: %s', path, type(error).__name__, error,
                        instance=instance)

    def discard_or_keep_recorded(self, path: str, instance: Any) -> None:
        """Give up the log of a server that will not come back, by what was noted of it."""
        try:
            sent = (self._consoles.is_elsewhere(path, instance)
                    and self._call(instance, lambda: privileged.is_log_sent(path)))
        except Exception as error:
            _warn(path, instance, error)
        else:
            self.discard_or_keep(path, instance, sent=sent)

    def _call(self, instance: Any, function: Callable[[], T]) -> T:
        """Call something that the disk may not answer."""
        return self._consoles.disk.call(instance.uuid, function)


def is_deleted(instance: Any) -> bool:
    """Whether the server itself is being deleted, or was and is not to be had back any more."""
    return bool(instance.task_state == task_states.DELETING
                or instance.vm_state in (vm_states.SOFT_DELETED, vm_states.DELETED))


def _warn(path: str, instance: Any, error: Exception) -> None:
    LOG.warning('Failed to delete or keep the console log %s: %s: %s', path,
                type(error).__name__, error, instance=instance)
