# SPDX-License-Identifier: Apache-2.0
"""Starting a guest: whether its log goes on, and what is done before."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

from nova.compute import task_states
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext.virt import failures, port_numbers
from nova_ext.virt.libvirt.console import config, consoles, ports, privileged, virtlogd

LOG = logging.getLogger(__name__)

#: The property of an image that says how many serial ports of its servers are logged.
IMAGE_PROPERTY = 'nova_ext_console_log_ports'

_COUNTS = [str(port + 1) for port in port_numbers.PORTS]


class Starts:
    """The starts of a host's guests."""

    def __init__(self, conf: cfg.ConfigOpts, host_consoles: consoles.Consoles,
                 ports_here: ports.Ports) -> None:
        """Know the host.

        :param host_consoles: its consoles
        :param ports_here: the ports of its guests
        """
        self._conf = conf
        self._consoles = host_consoles
        self._ports = ports_here

    def are_appended(self) -> bool:
        """Whether logs may go on when guests are started, because virtlogd limits their size."""
        try:
            return virtlogd.handler(privileged.read_configuration) == 'logd'
        except Exception as error:  # Nova's way does without
            LOG.warning('Console logs begin anew when guests are started, because the '
                        'configuration of libvirt could not be read: %s: %s',
                        type(error).__name__, error)
            return False

    def count_logged(self, instance: Any) -> int:
        """How many of a guest's serial ports are logged, as far as it has them.

        Its image says so, or else the operator.
        """
        wanted = instance.system_metadata.get(f'image_{IMAGE_PROPERTY}')
        if wanted in _COUNTS:
            return int(wanted)
        number: int = self._conf.nova_ext.console_log_ports
        if wanted is not None:
            LOG.warning('Ignoring the image property nova_ext_console_log_ports=%r, which is no '
                        'number from 1 to 4', wanted, instance=instance)
        return number

    def is_made_by_libvirt(self, path: str, instance: Any) -> bool:
        """Whether a log must not be there before virtlogd or QEMU makes it.

        virtlogd may not be allowed to append to a file of nova-compute's. What begins anew, it
        replaces; a guest that comes from another host goes on with what is there.
        """
        return (self._consoles.is_elsewhere(path, instance) or self.are_appended()
                or instance.task_state == task_states.MIGRATING)

    def prepare_logs(self, instance: Any, xml: str) -> None:
        """Make the logs of a guest ready for its start. A failure is logged.

        Where a log begins anew, what is there would be lost, for virtlogd deletes all its files:
        the newest part is kept beside it. Where it goes on, it must be root's, who is virtlogd.
        From here on its bytes are counted: those of a server that was never started before from 0.

        :param xml: the domain that is started
        """
        with self._noting_failure(instance):
            appended = config.is_appended(xml)
            for path in config.log_paths(xml).values():
                with self._noting_failure(instance):
                    self._prepare_log(instance, path, appended)

    def _prepare_log(self, instance: Any, path: str, appended: bool) -> None:
        kept = self._conf.nova_ext.console_history_bytes
        # What follows is waited for until it is done. It is not begun on a disk that is silent,
        # nor before a history that is being put into the log is in its place or too late.
        is_of_root = self._consoles.disk.call(
            instance.uuid, lambda: privileged.is_log_of_root(path))
        if not appended:
            privileged.begin_log_anew(path, kept)
        elif not is_of_root:
            privileged.move_log_on(path, kept, self._consoles.get_retention().max_backups)
        privileged.begin_log(path, instance.launched_at is None)

    @contextlib.contextmanager
    def _noting_failure(self, instance: Any) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._consoles.failures.note(failures.CONSOLE_LOG)
            LOG.warning('Failed to prepare the console log for the start of the guest: %s: %s',
                        type(error).__name__, error, instance=instance)

    def refresh_saved(self, instance: Any, path: str) -> None:
        """Make a configuration that was put aside fit to be started again.

        A failure leaves it as it is, and Nova to go on.

        :param path: of the file with the domain's XML
        """
        try:
            with open(path, encoding='utf-8') as file:
                xml = file.read()
            saved = [port for _, port in config.serial_ports(xml)]
            fresh = config.adapt_to_start(
                xml, lambda addresses: self._take(instance, addresses, saved),
                append=self.are_appended())
            with open(f'{path}.new', 'w', encoding='utf-8') as file:
                file.write(fresh)
            os.replace(f'{path}.new', path)
        except Exception as error:  # Nova starts what was saved, as without nova-ext
            self._ports.give_back(instance)
            LOG.warning('Failed to update the saved configuration in %s: %s: %s', path,
                        type(error).__name__, error, instance=instance)

    def _take(
            self, instance: Any, addresses: Sequence[str], saved: Sequence[int]) -> Sequence[int]:
        """The ports that a guest may use; where Nova does not keep account, those it had."""
        if self._conf.serial_console.enabled:
            return self._ports.take(instance, addresses)
        return saved
