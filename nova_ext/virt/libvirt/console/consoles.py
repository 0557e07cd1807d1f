# SPDX-License-Identifier: Apache-2.0
"""The consoles of a host's guests: where they are logged, and what they have printed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import libvirt
from nova import exception as nova_exception
from nova.compute import task_states
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext import exception, findings
from nova_ext.virt import failures, port_numbers
from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.console import (
    config,
    disk,
    places,
    privileged,
    requirements,
    virtlogd,
)

LOG = logging.getLogger(__name__)

#: What is done to a server whose log has left one host, before requests go to the other.
_MOVING = frozenset({
    task_states.MIGRATING, task_states.RESIZE_MIGRATING, task_states.RESIZE_MIGRATED,
    task_states.RESIZE_FINISH, task_states.RESIZE_REVERTING})


class Consoles:
    """The consoles of a host's guests."""

    def __init__(
            self, host_queries: queries.Queries, conf: cfg.ConfigOpts,
            nova_log_path: Callable[[Any], str]) -> None:
        """Know the host.

        :param host_queries: asks its libvirt
        :param nova_log_path: where Nova logs the console of a nova.objects.Instance
        """
        #: Of what goes on beside Nova's operations.
        self.failures = failures.Failures(failures.CONSOLE_LOG)
        #: Where they are logged.
        self.disk = disk.Disk()
        self._queries = host_queries
        self._conf = conf
        #: Where Nova logs the console of a nova.objects.Instance.
        self.get_nova_log_path = nova_log_path

    @property
    def are_logged(self) -> bool:
        """Whether QEMU runs the guests, so that virtlogd writes their logs."""
        return self._conf.libvirt.virt_type in ('kvm', 'qemu')

    def log_requirements(self) -> None:
        """Tell the operator, in one line each, whether the logs can be kept."""
        checks: tuple[Callable[[], Iterable[findings.Finding]], ...] = (
            lambda: self._queries.ask_libvirt(
                lambda connection: list(requirements.versions(connection))),
            lambda: requirements.of_virtlogd(
                privileged.read_configuration, privileged.get_refusal_of_virtlogd),
            lambda: requirements.directory(
                self._conf, lambda path: self.disk.has_directory(path, path)),
            lambda: requirements.rotation(self._conf, privileged.read_configuration))
        for check in checks:
            try:
                for finding in check():
                    LOG.log(finding.level, finding.text)
            except Exception as error:  # nova-compute starts all the same
                LOG.warning('Failed to check the requirements of console logs: %s: %s',
                            type(error).__name__, error)

    def get_retention(self) -> virtlogd.Retention:
        """How much of a log virtlogd keeps, libvirt's default where that is not known."""
        try:
            known = virtlogd.known_retention(privileged.read_configuration)
            return virtlogd.Retention() if known is None else known
        except Exception as error:
            LOG.warning('Failed to read virtlogd\'s limits of console logs: %s: %s',
                        type(error).__name__, error)
            return virtlogd.Retention()

    # Where the log is, and what is in it.

    def get_log_path(self, instance: Any, port: int = 0) -> str:
        """Where this host logs a server's serial port, if it does, when it starts it."""
        return self._get_log_paths(instance, (port,))[port]

    def _get_log_paths(self, instance: Any, ports: Sequence[int]) -> dict[int, str]:
        """Where this host logs serial ports, by number, after one look at the disk."""
        directory = self._conf.nova_ext.console_log_directory
        first = self.get_nova_log_path(instance)
        if directory and self.disk.has_or_had_directory(directory, instance):
            first = places.log_path(directory, instance.uuid, self._conf.host)
        return {port: places.of_port(first, port) for port in ports}

    def find_resized_away(self, path: str, instance: Any) -> str:
        """As :func:`places.resized_away`.

        :raises nova_ext.exception.NotResponding: the disk does not answer
        """
        return places.resized_away(path, instance, lambda directory: self.disk.call(
            instance.uuid, lambda: privileged.is_directory(directory)))

    def get_possible_log_paths(self, instance: Any) -> list[str]:
        """Where this host may log a server's serial ports, without a look at the disk."""
        directory = self._conf.nova_ext.console_log_directory
        first = [self.get_nova_log_path(instance), *(
            [places.log_path(directory, instance.uuid, self._conf.host)] if directory else [])]
        return [places.of_port(path, port) for path in first for port in port_numbers.PORTS]

    def is_elsewhere(self, path: str, instance: Any) -> bool:
        """Whether a log is outside its server's directory, with which Nova would delete it."""
        return os.path.dirname(path) != os.path.dirname(self.get_nova_log_path(instance))

    def get_output(self, instance: Any, limit: int) -> bytes:
        """What a guest has printed last, whether or not it is running.

        Read from the files alone: a pty would lose what is read from it.

        :param instance: nova.objects.Instance
        :param limit: at most so many bytes
        :returns: nothing when there is no log
        :raises nova.exception.ConsoleNotAvailable: the log cannot be read, in words for the
            caller
        """
        path = self.get_current_log_paths(instance)[0]
        try:
            tail = self.disk.call(instance.uuid, lambda: privileged.read_log(path, limit))
        except FileNotFoundError:
            if instance.task_state in _MOVING:
                raise nova_exception.ConsoleNotAvailable(
                    self.explain_missing(instance)) from None
            LOG.info('There is no console log %s', path, instance=instance)
            return b''
        except (OSError, exception.NotResponding) as error:
            LOG.warning('The console log %s cannot be read: %s', path, error, instance=instance)
            raise nova_exception.ConsoleNotAvailable(
                f'The console log of server {instance.uuid} cannot be read on its host: '
                f'{getattr(error, "strerror", None) or error}.') from error
        if tail.older:
            LOG.debug('%d older bytes of the console log are not returned', tail.older,
                      instance=instance)
        return tail.data

    def explain_missing(self, instance: Any) -> str:
        """Why a server has no log on this host, in words for the caller."""
        if instance.task_state in _MOVING:
            return (f'The console log of server {instance.uuid} is on its way to another host '
                    'with the server.')
        return f'There is no console log of server {instance.uuid} on its host yet.'

    def get_current_log_paths(self, instance: Any) -> dict[int, str]:
        """Where the guest's configuration says that its serial ports are logged.

        :returns: by the number of the port, the first always; where the configuration is not
            known, where this host would log each
        """
        try:
            configured = config.log_paths(self._read_xml(instance))
        except libvirt.libvirtError:
            configured = None  # it is not here
        except exception.NotResponding as error:
            paths = self._get_log_paths(instance, port_numbers.PORTS)
            LOG.warning('Assuming that the console is logged in %s: %s', paths[0], error,
                        instance=instance)
            return paths
        if configured is None:
            return self._get_log_paths(instance, port_numbers.PORTS)
        return configured if 0 in configured else {0: self.get_log_path(instance), **configured}

    def _read_xml(self, instance: Any) -> str:
        """A guest's live XML."""
        xml: str = self._queries.ask_about(instance.uuid, lambda _, domain: domain.XMLDesc(0))
        return xml
