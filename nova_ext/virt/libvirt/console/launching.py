# SPDX-License-Identifier: Apache-2.0
"""Guests that Nova launches again without making them anew: after a reboot, after a snapshot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oslo_log import log as logging

from nova_ext.virt import failures
from nova_ext.virt.libvirt.console import consoles, starting

LOG = logging.getLogger(__name__)


class LaunchedGuest:
    """A guest for whose launch something is prepared. Everything else is the guest's own."""

    def __init__(self, guest: Any, prepare: Callable[[Any], None]) -> None:
        """Wrap a guest.

        :param guest: nova.virt.libvirt.guest.Guest
        :param prepare: takes it before it is launched
        """
        self._guest = guest
        self._prepare = prepare

    def __getattr__(self, name: str) -> Any:
        """Whatever the guest has."""
        return getattr(self._guest, name)

    def launch(self, *args: Any, **kwargs: Any) -> Any:
        """Start the guest."""
        self._prepare(self._guest)
        return self._guest.launch(*args, **kwargs)


class LaunchingHost:
    """A host that gives such guests. Everything else is the host's own."""

    def __init__(self, host: Any, prepare: Callable[[Any], None]) -> None:
        """Wrap a host.

        :param host: nova.virt.libvirt.host.Host
        :param prepare: as for :class:`LaunchedGuest`
        """
        self._host = host
        self._prepare = prepare

    def __getattr__(self, name: str) -> Any:
        """Whatever the host has."""
        return getattr(self._host, name)

    def get_guest(self, *args: Any, **kwargs: Any) -> LaunchedGuest:
        """A guest of the host."""
        return LaunchedGuest(self._host.get_guest(*args, **kwargs), self._prepare)


class Launches:
    """Has the logs of a host's guests made ready for what Nova launches."""

    def __init__(self, host_consoles: consoles.Consoles, starts: starting.Starts) -> None:
        """Know the host.

        :param host_consoles: its consoles
        :param starts: makes logs ready
        """
        self._consoles = host_consoles
        self._starts = starts

    def make_guest(self, guest: Any, instance: Any) -> Any:
        """A server's guest, whose logs are ready when it is launched.

        :param guest: nova.virt.libvirt.guest.Guest
        """
        if not self._consoles.are_logged:
            return guest
        return LaunchedGuest(guest, lambda launched: self._prepare(instance, launched))

    def make_host(self, host: Any, instance: Any) -> Any:
        """The host for an operation on one server, whose guest is such.

        :param host: nova.virt.libvirt.host.Host
        """
        if not self._consoles.are_logged:
            return host
        return LaunchingHost(host, lambda launched: self._prepare(instance, launched))

    def _prepare(self, instance: Any, guest: Any) -> None:
        try:
            xml = guest.get_xml_desc()
        except Exception as error:  # Nova launches it all the same
            self._consoles.failures.note(failures.CONSOLE_LOG)
            LOG.warning('Failed to prepare the console log for the start of the guest: %s: %s',
                        type(error).__name__, error, instance=instance)
        else:
            self._starts.prepare_logs(instance, xml)
