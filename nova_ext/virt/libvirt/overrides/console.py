# SPDX-License-Identifier: Apache-2.0
"""The console: its log and the serial ports beside each other."""

from __future__ import annotations

import os
from typing import Any

from nova import conf as nova_conf
from nova import exception as nova_exception
from nova.compute import task_states
from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import utils as libvirt_utils
from oslo_log import log as logging

from nova_ext.virt.libvirt.console import config, consoles, leftovers, ports, starting
from nova_ext.virt.libvirt.overrides import base

LOG = logging.getLogger(__name__)


class ConsoleMixin(base.Base):  # type: ignore[misc]
    """Gives guests consoles that are logged, and reads the logs.

    Needs the connections of the diagnostics' mixin.
    """

    def __init__(self, virtapi: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(virtapi, *args, **kwargs)
        self._nova_ext_consoles = consoles.Consoles(
            self._nova_ext_diagnostics.queries, nova_conf.CONF, super()._get_console_log_path)
        self._nova_ext_ports = ports.Ports(self._nova_ext_diagnostics.queries)
        self._nova_ext_starts = starting.Starts(
            nova_conf.CONF, self._nova_ext_consoles, self._nova_ext_ports)
        self._nova_ext_leftovers = leftovers.Leftovers(self._nova_ext_consoles)

    def init_host(self, *args: Any, **kwargs: Any) -> None:
        """Say whether the host's libvirt, QEMU and virtlogd can do what it takes."""
        super().init_host(*args, **kwargs)
        if self._nova_ext_consoles.are_logged:
            self._nova_ext_consoles.log_requirements()

    def _create_consoles(
            self, guest_cfg: Any, instance: Any, flavor: Any, image_meta: Any) -> None:
        """Configure a guest's consoles, so that its log goes on where it ended."""
        try:
            super()._create_consoles(guest_cfg, instance, flavor, image_meta)
        except nova_exception.NovaException as error:
            if not self._nova_ext_ports.may_be_defined(instance):
                raise  # Nova would as well
            LOG.warning('The guest gets its console log and no serial port until its next start: '
                        '%s', error, instance=instance)
            self._nova_ext_ports.give_back(instance)
            self._create_pty_device(
                guest_cfg, *config.pty(self._is_s390x_guest(image_meta)),
                self._get_console_log_path(instance))
        if self._nova_ext_consoles.are_logged and self._nova_ext_starts.are_appended():
            config.keep_log(guest_cfg.devices)

    def _create_serial_consoles(
            self, guest_cfg: Any, num_ports: int, char_dev_cls: Any, log_path: str) -> None:
        """Configure a guest's serial ports: its own again, as far as it has any."""
        address = nova_conf.CONF.serial_console.proxyclient_address
        taken = self._nova_ext_ports.take(guest_cfg, [address] * num_ports)
        for device in config.serial_devices(char_dev_cls, address, taken, log_path):
            guest_cfg.add_device(device)

    def _destroy(self, instance: Any) -> None:
        """End a guest, and give back the ports that it does not need for another start."""
        with self._nova_ext_ports.destroying(instance):
            super()._destroy(instance)

    def _get_serial_ports_from_guest(self, guest: Any, mode: Any = None) -> Any:
        """Give a guest's serial ports; to Nova that gives them back, only those that it may."""
        return self._nova_ext_ports.given_back(
            guest.uuid, super()._get_serial_ports_from_guest(guest, mode))

    def _create_guest(
            self, context: Any, xml: str, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Start a guest, or define it, when nothing writes its log."""
        if self._nova_ext_consoles.are_logged:
            self._nova_ext_starts.prepare_log(instance, xml)
        return super()._create_guest(context, xml, instance, *args, **kwargs)

    def _serial_ports_already_defined(self, instance: Any) -> bool:
        """Never keep Nova from giving a guest its serial ports.

        It asks whether the guest is migrating live, for which no configuration is made any
        more; rescue and the revert of a resize would lose every console.
        """
        return False

    def _check_number_of_serial_console(self, num_ports: int) -> None:
        """Allow as many ports as there can be, where that is wanted."""
        if nova_conf.CONF.nova_ext.allow_four_serial_ports:
            config.check_ports(num_ports, nova_conf.CONF.libvirt.virt_type)
        else:
            super()._check_number_of_serial_console(num_ports)

    def _get_console_log_path(self, instance: Any) -> Any:
        """Where a guest's console is logged."""
        if not self._nova_ext_consoles.are_logged:
            return super()._get_console_log_path(instance)
        return self._nova_ext_consoles.get_log_path(instance)

    def _ensure_console_log_for_instance(self, instance: Any) -> None:
        """Leave a log to virtlogd, which makes it root's own, wherever it is appended to."""
        path = self._get_console_log_path(instance)
        if not (self._nova_ext_consoles.are_logged
                and self._nova_ext_starts.is_made_by_libvirt(path, instance)):
            super()._ensure_console_log_for_instance(instance)

    def get_console_output(self, context: Any, instance: Any) -> Any:
        """What the guest printed last, from its log, in any power state."""
        if not self._nova_ext_consoles.are_logged:
            return super().get_console_output(context, instance)
        return self._nova_ext_consoles.get_output(instance, nova_driver.MAX_CONSOLE_BYTES)

    def rescue(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Start the guest from another image, with the ports that it has."""
        with self._nova_ext_ports.replacing(instance):
            super().rescue(context, instance, *args, **kwargs)

    def unrescue(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Start the guest's own configuration again, with the ports that it has or free ones."""
        self._nova_ext_starts.refresh_saved(
            instance, os.path.join(libvirt_utils.get_instance_path(instance), 'unrescue.xml'))
        with self._nova_ext_ports.replacing(instance):
            super().unrescue(context, instance, *args, **kwargs)

    def delete_instance_files(self, instance: Any) -> Any:
        """Delete a server's files, its console log elsewhere among them."""
        if instance.task_state != task_states.RESIZE_REVERTING:
            self._nova_ext_leftovers.forget_all(instance)
        return super().delete_instance_files(instance)
