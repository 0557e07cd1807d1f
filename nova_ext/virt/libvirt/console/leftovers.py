# SPDX-License-Identifier: Apache-2.0
"""Logs of servers that have left a host, outside the directories that Nova deletes."""

from __future__ import annotations

from typing import Any

from oslo_log import log as logging

from nova_ext.virt.libvirt.console import consoles, privileged

LOG = logging.getLogger(__name__)


class Leftovers:
    """Deletes what is somewhere else by now, and nothing else. A failure is logged."""

    def __init__(self, of_host: consoles.Consoles) -> None:
        """Know the host.

        :param of_host: its consoles
        """
        self._consoles = of_host

    def forget_all(self, instance: Any) -> None:
        """Delete whatever this host has logged of a server that is deleted.

        Its guest may have been started before another directory was configured.
        """
        for path in {self._consoles.get_current_log_path(instance),
                     self._consoles.get_log_path(instance)}:
            self.leave(path, instance, sent=True)

    def leave(self, path: str, instance: Any, *, sent: bool) -> None:
        """Give up the log of a server that has left this host.

        :param sent: whether all that was to go with the server is where that is now; if not,
            this is the only copy, and is kept under another name
        """
        if not self._consoles.is_elsewhere(path, instance):
            return
        try:
            if sent:
                privileged.remove_log(path)
                return
            kept = privileged.set_log_aside(path)
        except Exception as error:  # Nova goes on all the same
            LOG.warning('The console log %s is left behind: %s: %s', path,
                        type(error).__name__, error, instance=instance)
        else:
            if kept:
                LOG.warning('The console log stays on this host as %s, because it has not '
                            'arrived where the server is now', kept, instance=instance)

    def note_sent(self, path: str, instance: Any, *, sent: bool) -> None:
        """Remember whether a log has arrived where its server went, until the server stays there.

        :param sent: as for :meth:`leave`
        """
        if not self._consoles.is_elsewhere(path, instance):
            return
        try:
            privileged.mark_log_sent(path, sent)
        except Exception as error:  # it is kept then
            LOG.warning('It could not be noted that the console log %s has arrived where the '
                        'server went: %s: %s', path, type(error).__name__, error,
                        instance=instance)

    def leave_noted(self, path: str, instance: Any) -> None:
        """Give up the log of a server that will not come back, by what was noted of it."""
        try:
            sent = (self._consoles.is_elsewhere(path, instance)
                    and privileged.is_log_sent(path))
        except Exception as error:
            LOG.warning('The console log %s is left behind: %s: %s', path,
                        type(error).__name__, error, instance=instance)
        else:
            self.leave(path, instance, sent=sent)
