# SPDX-License-Identifier: Apache-2.0
"""A guest's configuration: consoles that are logged, metadata that is true."""

from __future__ import annotations

import copy
from typing import Any

from nova import conf as nova_conf
from nova import exception as nova_exception
from oslo_log import log as logging

from nova_ext.nova_compat import libvirt_metadata
from nova_ext.virt.best_effort import best_effort
from nova_ext.virt.libvirt.console import config
from nova_ext.virt.libvirt.metadata import names
from nova_ext.virt.libvirt.overrides import base

LOG = logging.getLogger(__name__)


class ConfigurationMixin(base.Overrides):
    """Overrides of what Nova's operations use to make, start and end a guest."""

    # The consoles and their log.

    def _create_consoles(
            self, guest_cfg: Any, instance: Any, flavor: Any, image_meta: Any) -> None:
        """Configure a guest's consoles, so that its log goes on where it ended."""
        try:
            super()._create_consoles(guest_cfg, instance, flavor, image_meta)
        except nova_exception.NovaException as error:
            if not self._nova_ext.ports.may_be_defined(instance):
                raise  # Nova would as well
            LOG.warning('The guest gets its console log and no serial port until its next start: '
                        '%s', error, instance=instance)
            self._nova_ext.ports.give_back(instance)
            self._create_pty_device(
                guest_cfg, *config.pty(self._is_s390x_guest(image_meta)),
                self._get_console_log_path(instance))
        if self._nova_ext.consoles.are_logged:
            with best_effort('Failed to enable logging of additional serial ports', instance):
                config.log_ports(
                    guest_cfg.devices, self._nova_ext.starts.count_logged(instance),
                    lambda port: self._nova_ext.consoles.get_log_path(instance, port))
            if self._nova_ext.starts.are_appended():
                config.keep_log(guest_cfg.devices)

    def _create_serial_consoles(
            self, guest_cfg: Any, num_ports: int, char_dev_cls: Any, log_path: str) -> None:
        """Configure a guest's serial ports: its own again, as far as it has any."""
        address = nova_conf.CONF.serial_console.proxyclient_address
        taken = self._nova_ext.ports.take(guest_cfg, [address] * num_ports)
        for device in config.serial_devices(char_dev_cls, address, taken, log_path):
            guest_cfg.add_device(device)

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

    def _get_serial_ports_from_guest(self, guest: Any, mode: Any = None) -> Any:
        """Give a guest's serial ports; to Nova that gives them back, only those that it may.

        Nova asks for those of a mode when somebody wants the console, whatever goes on meanwhile.
        """
        ports = super()._get_serial_ports_from_guest(guest, mode)
        return ports if mode else self._nova_ext.ports.given_back(guest.uuid, ports)

    def _get_console_log_path(self, instance: Any) -> Any:
        """Where a guest's console is logged."""
        if not self._nova_ext.consoles.are_logged:
            return super()._get_console_log_path(instance)
        return self._nova_ext.consoles.get_log_path(instance)

    def _nova_ext_stock_log_path(self, instance: Any) -> Any:
        """Where Nova would log a guest's console."""
        return super()._get_console_log_path(instance)

    def _ensure_console_log_for_instance(self, instance: Any) -> None:
        """Leave a log to virtlogd, which makes it root's own, wherever it is appended to."""
        path = self._get_console_log_path(instance)
        if not (self._nova_ext.consoles.are_logged
                and self._nova_ext.starts.is_made_by_libvirt(path, instance)):
            super()._ensure_console_log_for_instance(instance)

    # The metadata.

    def _get_guest_config_meta(self, *args: Any, **kwargs: Any) -> Any:
        """Nova's block of metadata, with names that XML can carry."""
        return names.fit_all(super()._get_guest_config_meta(*args, **kwargs))

    def _nova_ext_stock_block(self, instance: Any, vifs: Any) -> Any:
        """Nova's configuration object of its own block of metadata."""
        return libvirt_metadata.make_block(self, instance, vifs)

    def _get_guest_config(
            self, instance: Any, network_info: Any, *args: Any, **kwargs: Any) -> Any:
        """A guest's configuration, with metadata that is true."""
        guest_cfg = super()._get_guest_config(instance, network_info, *args, **kwargs)
        with best_effort('Failed to complete domain metadata, which is as Nova makes it',
                         instance):
            self._nova_ext.metadata.complete(guest_cfg.metadata, instance, network_info)
        return guest_cfg

    def _nova_ext_refresh_metadata(self, instance: Any) -> None:
        """Write what has changed of a server into its domain."""
        with best_effort('Failed to refresh domain metadata before the next pass', instance):
            self._nova_ext.metadata.refresh(instance.uuid)

    # The guest itself.

    def _create_guest(
            self, context: Any, xml: str, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Start a guest, or define it, when nothing writes its log."""
        if self._nova_ext.consoles.are_logged:
            self._nova_ext.starts.prepare_logs(instance, xml)
        return super()._create_guest(context, xml, instance, *args, **kwargs)

    def _soft_reboot(self, instance: Any) -> Any:
        """Have a guest shut down, and launch it when nothing writes its log.

        Nova gets the guest from its host: so a copy of the driver does this, which has all that
        the driver has, but for a host whose guest is made ready.
        """
        launching = copy.copy(self)
        launching._host = self._nova_ext.launches.make_host(self._host, instance)
        return super(ConfigurationMixin, launching)._soft_reboot(instance)

    def _resume_guest_after_snapshot(
            self, context: Any, live_snapshot: Any, original_power_state: Any, instance: Any,
            guest: Any, *args: Any, **kwargs: Any) -> Any:
        """Launch a guest that was saved for a cold snapshot, when nothing writes its log."""
        return super()._resume_guest_after_snapshot(
            context, live_snapshot, original_power_state, instance,
            self._nova_ext.launches.make_guest(guest, instance), *args, **kwargs)

    def _create_guest_with_network(
            self, context: Any, xml: str, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Make a guest, as all do that start one anew."""
        guest = super()._create_guest_with_network(context, xml, instance, *args, **kwargs)
        self._nova_ext.diagnostics.stamp_start(instance, booted=True)
        self._nova_ext_refresh_metadata(instance)
        return guest

    def _destroy(self, instance: Any) -> None:
        """End a guest, and give back the ports that it does not need for another start."""
        with self._nova_ext.ports.destroying(instance):
            super()._destroy(instance)
