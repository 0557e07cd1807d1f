# SPDX-License-Identifier: Apache-2.0
"""Sends what a server has printed after it, when it goes to another host."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent import futures
from typing import Any, Optional

from nova.virt.libvirt import utils as libvirt_utils
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext.compute import console_history, rpcapi
from nova_ext.concurrency import background
from nova_ext.virt import failures
from nova_ext.virt.libvirt.console import consoles, counted, privileged, receiver

LOG = logging.getLogger(__name__)

#: Seconds that a migration waits for its console history to be sent.
TIMEOUT = 5.0


class Sender:
    """Sends histories, none of which may fail a migration or hold it up for long."""

    def __init__(self, conf: cfg.ConfigOpts, client: rpcapi.ComputeAPI,
                 own_receiver: receiver.Receiver, host_consoles: consoles.Consoles) -> None:
        """Know the host.

        :param client: asks other hosts
        :param own_receiver: this host's, for servers that are resized on their host
        :param host_consoles: its consoles
        """
        self._conf = conf
        self._rpc = client
        self._receiver = own_receiver
        self._consoles = host_consoles
        self._failures = host_consoles.failures

    def send(
            self, context: Any, instance: Any, host: str, paths: Mapping[int, str], *,
            exclude: Optional[Callable[[str], str]] = None, has_plugin: bool = True,
            fallback: Optional[Callable[[bytes], None]] = None) -> frozenset[int]:
        """Send the newest part of a server's logs to the host that the server goes to.

        Whatever fails is logged, and nobody waits longer than :data:`TIMEOUT`, for all of them;
        what is on its way then may still arrive.

        :param context: nova.context.RequestContext
        :param instance: nova.objects.Instance
        :param host: name of the compute host
        :param paths: of the logs on this host, by the number of the serial port
        :param exclude: names a file of a log that is left out
        :param has_plugin: False: the host is known to be without the plugin
        :param fallback: takes the history of port 0 for such a host
        :returns: the ports of which all that is to go there has arrived, as far as is known
        """
        arrived: set[int] = set()

        def send() -> None:
            for port, path in paths.items():
                try:
                    found = self._read(instance, path, exclude and exclude(path))
                    if not (found.data or found.spans) or self._send(
                            context, instance, host, port, found, has_plugin, fallback):
                        arrived.add(port)
                except Exception as error:  # the server goes without it
                    self._failures.note(failures.CONSOLE_LOG)
                    LOG.warning('Failed to send the console history%s to %s: %s: %s',
                                _of(port), host, type(error).__name__, error, instance=instance)

        if not self._conf.nova_ext.console_history_bytes:
            return frozenset(paths)
        try:
            background.start(f'console-history-{instance.uuid}', send).result(TIMEOUT)
        except background.NoThread as error:
            self._failures.note(failures.CONSOLE_LOG)
            LOG.warning('Failed to send the console history to %s: %s', host, error,
                        instance=instance)
        except futures.TimeoutError:
            self._failures.note(failures.CONSOLE_LOG)
            LOG.warning('Timed out sending the console history to %s after %g s; going on '
                        'without it', host, TIMEOUT, instance=instance)
        return frozenset(arrived)

    def _send(
            self, context: Any, instance: Any, host: str, port: int, history: counted.History,
            has_plugin: bool, fallback: Optional[Callable[[bytes], None]]) -> bool:
        """Send a history, however long it takes; whether anything takes it.

        :raises Exception: it does not arrive
        """
        began = time.monotonic()
        LOG.debug('Sending %d bytes of console history to %s', len(history.data), host,
                  instance=instance)
        if has_plugin and self._deliver(context, instance, host, port, history):
            LOG.info('Console history%s of %d bytes sent to %s in %.2f s', _of(port),
                     len(history.data), host, time.monotonic() - began, instance=instance)
            return True
        if port:
            LOG.info('Compute host %s cannot receive the console history of serial port %d', host,
                     port, instance=instance)
            return False
        LOG.info('Compute host %s runs without nova-ext and cannot receive the console history',
                 host, instance=instance)
        if fallback is None:
            return False
        fallback(history.data)
        return True

    def _read(self, instance: Any, path: str, exclude: Optional[str]) -> counted.History:
        """Read a history.

        :raises OSError: it cannot be read
        :raises nova_ext.exception.NotResponding: it cannot be read in time
        """
        try:
            return self._consoles.disk.change(
                instance.uuid, lambda deadline: privileged.read_history(
                    path, self._conf.nova_ext.console_history_bytes, deadline, exclude=exclude))
        except FileNotFoundError:
            return counted.History(b'', 0, [])

    def _deliver(self, context: Any, instance: Any, host: str, port: int,
                 history: counted.History) -> bool:
        """Send a history piece by piece; whether there is anything that takes it.

        :raises Exception: it is not taken
        """
        complete = False
        for piece in console_history.split(history.data, history.spans, port):
            answer = self._deliver_piece(context, instance, host, piece)
            if answer is None:
                return False
            complete = answer
        if not complete:
            raise RuntimeError('some of it has been given up there meanwhile')
        return True

    def _deliver_piece(
            self, context: Any, instance: Any, host: str,
            piece: console_history.Piece) -> Optional[bool]:
        """Send one piece; whether all are in their place. None: nothing takes it."""
        if host == self._conf.host:
            return self._receiver.add(context, instance.uuid, piece)
        return self._rpc.add_console_history(context, host, instance.uuid, piece)


def _of(port: int) -> str:
    """Whose history it is, in a message."""
    return f' of serial port {port}' if port else ''


def copy_over(history: bytes, path: str, host: str) -> None:
    """Put a history where a host without the plugin finds it, as Nova copies disks.

    :param path: on that host, of the newest file of the log that a guest is writing there
    :raises Exception: it cannot be copied
    """
    with tempfile.TemporaryDirectory() as directory:
        local = os.path.join(directory, 'console.log.0')
        with open(local, 'wb') as file:
            file.write(history)
        libvirt_utils.copy_image(local, f'{path}.0', host=host)
