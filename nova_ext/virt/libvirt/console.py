# SPDX-License-Identifier: Apache-2.0
"""What guests have printed on their consoles."""

from __future__ import annotations

from typing import Any, Optional

from nova import exception as nova_exception
from nova.console import serial
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext.virt.libvirt import console_config, privileged

LOG = logging.getLogger(__name__)


class Consoles:
    """The consoles of a host's guests."""

    def __init__(self, host: Any, conf: cfg.ConfigOpts) -> None:
        """Know the host.

        :param host: nova.virt.libvirt.host.Host
        """
        self._host = host
        self._conf = conf

    @property
    def are_logged(self) -> bool:
        """Whether QEMU runs the guests, so that virtlogd writes their logs."""
        return self._conf.libvirt.virt_type in ('kvm', 'qemu')

    def get_output(self, instance: Any, default_path: str, limit: int) -> bytes:
        """What a guest has printed last, whether or not it is running.

        Read from the files alone: a pty would lose what is read from it.

        :param instance: nova.objects.Instance
        :param default_path: of the log, where the domain does not say it or is not there
        :param limit: at most so many bytes
        :returns: nothing when there is no log
        :raises nova.exception.ConsoleNotAvailable: the log cannot be read, in words for the
            caller
        """
        path = self._configured_path(instance) or default_path
        try:
            tail = privileged.read_tail(path, limit)
        except FileNotFoundError:
            LOG.info('There is no console log %s', path, instance=instance)
            return b''
        except OSError as error:
            LOG.warning('The console log %s cannot be read: %s', path, error, instance=instance)
            raise nova_exception.ConsoleNotAvailable(
                f'The console log of server {instance.uuid} cannot be read on its host: '
                f'{error.strerror or error}.') from error
        if tail.older:
            LOG.debug('%d older bytes of the console log are not returned', tail.older,
                      instance=instance)
        return tail.data

    def _configured_path(self, instance: Any) -> Optional[str]:
        try:
            xml = self._host.get_guest(instance).get_xml_desc()
        except nova_exception.InstanceNotFound:
            return None
        return console_config.log_path(xml)

    def refresh_saved(self, instance: Any, path: str) -> None:
        """Make a configuration that was put aside fit to be started again.

        A failure leaves it as it is, and Nova to go on.

        :param instance: nova.objects.Instance
        :param path: of the file with the domain's XML
        """
        try:
            with open(path, encoding='utf-8') as file:
                xml = file.read()
            fresh = console_config.fit_to_start(xml, self._acquire_port)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(fresh)
        except Exception as error:  # Nova starts what was saved, as without nova-ext
            LOG.warning('The configuration in %s is used as it was saved: %s: %s', path,
                        type(error).__name__, error, instance=instance)

    def _acquire_port(self, address: str, port: int) -> int:
        """A port that the guest may use; where Nova does not keep account, the one it had."""
        if not self._conf.serial_console.enabled:
            return port
        acquired: int = serial.acquire_port(address)
        return acquired
