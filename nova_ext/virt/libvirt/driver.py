# SPDX-License-Identifier: Apache-2.0
"""The compute driver: Nova's own with nova-ext's answers mixed in.

Each override delegates to a module that knows nothing of Nova's driver. What this leans on in
Nova is listed in :mod:`nova_ext.nova_internals`.
"""

from __future__ import annotations

import os
from typing import Any

from nova import conf as nova_conf
from nova.compute import task_states
from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import utils as libvirt_utils
from oslo_log import log as logging

from nova_ext import conf as nova_ext_conf
from nova_ext import threads
from nova_ext.compute import endpoint
from nova_ext.objects import stock
from nova_ext.virt.libvirt import diagnostics, resources
from nova_ext.virt.libvirt.console import config as console_config
from nova_ext.virt.libvirt.console import consoles, moves
from nova_ext.virt.libvirt.harmless import harmless
from nova_ext.virt.libvirt.metadata import names, records, refresher

LOG = logging.getLogger(__name__)


# To mypy the base is what it can know; at run time the mixin comes before Nova's driver.
_Base: Any = object


class LibvirtMixin(_Base):  # type: ignore[misc]
    """Overrides for a libvirt driver of Nova's."""

    def __init__(self, virtapi: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(virtapi, *args, **kwargs)
        conf = nova_conf.CONF
        nova_ext_conf.register_opts(conf)
        self._nova_ext = diagnostics.Collector(self._host, conf)
        self._nova_ext_consoles = consoles.Consoles(
            self._host, conf, super()._get_console_log_path)
        self._nova_ext_moves = moves.Moves(conf, self._nova_ext_consoles)
        self._nova_ext_metadata = refresher.Refresher(
            conf, self._nova_ext.monitors, self._nova_ext.start_times, self._nova_ext_nova_block)
        self._nova_ext_passes = threads.Every(
            'metadata', conf.nova_ext.metadata_interval, self._nova_ext_metadata.refresh_all)
        virtapi._compute.additional_endpoints.append(
            endpoint.ComputeEndpoint(
                self._nova_ext.collect, self._nova_ext_moves.receiver,
                self._nova_ext_metadata.refresh_renamed))

    def init_host(self, *args: Any, **kwargs: Any) -> None:
        """Begin sampling and refreshing once Nova's driver is ready."""
        super().init_host(*args, **kwargs)
        self._nova_ext.sampler.start()
        self._nova_ext_passes.start()
        if self._nova_ext_consoles.are_logged:
            self._nova_ext_consoles.log_requirements()
        LOG.info('nova-ext answers diagnostics on this host')

    def cleanup_host(self, *args: Any, **kwargs: Any) -> None:
        """Stop sampling and refreshing when the service stops."""
        self._nova_ext_passes.stop()
        self._nova_ext.sampler.stop()
        super().cleanup_host(*args, **kwargs)

    def get_available_resource(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The host's resources, with its uptime in any release."""
        available: dict[str, Any] = super().get_available_resource(*args, **kwargs)
        resources.add_uptime(available, self.get_host_uptime)
        return available

    def get_instance_diagnostics(self, instance: Any) -> Any:
        """The corrected values, in Nova's own object, for callers of compute 2.48."""
        return stock.to_nova(self._nova_ext.collect(instance))

    def get_diagnostics(self, instance: Any) -> dict[str, Any]:
        """Nova's unformatted diagnostics (compute 2.1 to 2.47), within a bound."""
        return self._nova_ext.collect_legacy(instance)

    def _create_consoles(
            self, guest_cfg: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Configure a guest's consoles, so that its log goes on where it ended."""
        super()._create_consoles(guest_cfg, instance, *args, **kwargs)
        if self._nova_ext_consoles.are_logged:
            console_config.keep_log(guest_cfg.devices)

    def _serial_ports_already_defined(self, instance: Any) -> bool:
        """Never keep Nova from giving a guest its serial ports.

        It asks whether the guest is migrating live, for which no configuration is made any
        more; rescue and the revert of a resize would lose every console.
        """
        return False

    def _check_number_of_serial_console(self, num_ports: int) -> None:
        """Allow as many ports as there can be."""
        console_config.check_ports(num_ports, nova_conf.CONF.libvirt.virt_type)

    def _get_console_log_path(self, instance: Any) -> Any:
        """Where a guest's console is logged."""
        if not self._nova_ext_consoles.are_logged:
            return super()._get_console_log_path(instance)
        return self._nova_ext_consoles.get_log_path(instance)

    def _ensure_console_log_for_instance(self, instance: Any) -> None:
        """Leave a log outside the server's directory to virtlogd, which makes it root's own."""
        if not self._nova_ext_consoles.is_elsewhere(instance):
            super()._ensure_console_log_for_instance(instance)

    def get_console_output(self, context: Any, instance: Any) -> Any:
        """What the guest printed last, from its log, in any power state."""
        if not self._nova_ext_consoles.are_logged:
            return super().get_console_output(context, instance)
        return self._nova_ext_consoles.get_output(instance, nova_driver.MAX_CONSOLE_BYTES)

    def unrescue(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Start the guest's own configuration again, with ports that are free."""
        self._nova_ext_consoles.refresh_saved(
            instance, os.path.join(libvirt_utils.get_instance_path(instance), 'unrescue.xml'))
        super().unrescue(context, instance, *args, **kwargs)
        self._nova_ext_refresh(instance)

    def delete_instance_files(self, instance: Any) -> Any:
        """Delete a server's files, its console log elsewhere among them."""
        if instance.task_state != task_states.RESIZE_REVERTING:
            self._nova_ext_consoles.forget(instance)
        return super().delete_instance_files(instance)

    # Live migration: the source first, then the destination.

    def _verify_serial_console_is_disabled(self) -> None:
        """Let a guest with serial ports go to a host that gives none.

        It goes with what that host can do.
        """

    def _live_migration_operation(
            self, context: Any, instance: Any, dest: str, block_migration: Any,
            migrate_data: Any, guest: Any, *args: Any, **kwargs: Any) -> None:
        """Migrate the guest with consoles that are fit for the destination."""
        with harmless('The guest migrates with its consoles as they are', instance):
            if self._nova_ext_consoles.are_logged:
                guest = self._nova_ext_moves.leave(context, instance, dest, migrate_data, guest)
        super()._live_migration_operation(
            context, instance, dest, block_migration, migrate_data, guest, *args, **kwargs)

    def post_live_migration(
            self, context: Any, instance: Any, block_device_info: Any,
            migrate_data: Any = None) -> None:
        """Send the console's history after the guest, before anything is deleted here."""
        super().post_live_migration(context, instance, block_device_info, migrate_data)
        with harmless('The console history does not go with the server', instance):
            self._nova_ext_moves.left(context, instance, migrate_data)

    def check_can_live_migrate_destination(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse a guest whose console could not be logged here, before it is too late."""
        if self._nova_ext_consoles.are_logged:
            self._nova_ext_moves.check_destination()
        return super().check_can_live_migrate_destination(*args, **kwargs)

    def pre_live_migration(
            self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Prepare for a guest, and note the ports that Nova acquires for it."""
        migrate_data = super().pre_live_migration(context, instance, *args, **kwargs)
        with harmless('Serial ports may stay acquired for nothing', instance):
            self._nova_ext_moves.expect(instance, migrate_data)
        return migrate_data

    def post_live_migration_at_destination(
            self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Take over a guest, and give back the ports that it does not use."""
        super().post_live_migration_at_destination(context, instance, *args, **kwargs)
        with harmless('Serial ports may stay acquired for nothing', instance):
            self._nova_ext_moves.arrived(instance)
        self._nova_ext_refresh(instance)

    def rollback_live_migration_at_destination(
            self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Forget a guest that does not come."""
        self._nova_ext_moves.not_coming(instance)
        super().rollback_live_migration_at_destination(context, instance, *args, **kwargs)

    # Cold migration and resize: the source, the revert on the destination, the end of it.

    def migrate_disk_and_power_off(
            self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Send the console's history after the server's disks."""
        disk_info = super().migrate_disk_and_power_off(context, instance, *args, **kwargs)
        with harmless('The console history does not go with the server', instance):
            self._nova_ext_moves.resized_away(context, instance)
        return disk_info

    def cleanup(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Clean up, after what a server that goes back printed here is on its way."""
        if instance.task_state == task_states.RESIZE_REVERTING:
            with harmless('What the server printed here does not go back', instance):
                self._nova_ext_moves.going_back(context, instance)
        return super().cleanup(context, instance, *args, **kwargs)

    def confirm_migration(
            self, context: Any, migration: Any, instance: Any, *args: Any,
            **kwargs: Any) -> None:
        """Delete what is left of a server that has gone for good."""
        super().confirm_migration(context, migration, instance, *args, **kwargs)
        if migration.source_compute != migration.dest_compute:
            self._nova_ext_consoles.forget(instance)

    def suspend(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Suspend the guest, which will come back in another process."""
        self._nova_ext.stamp_start(instance)
        super().suspend(context, instance, *args, **kwargs)
        self._nova_ext_refresh(instance)

    def live_migration(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Migrate the guest, which will go on in another process."""
        self._nova_ext.stamp_start(instance)
        super().live_migration(context, instance, *args, **kwargs)

    # What the domain's metadata says: right from the start, and after each change.

    def _nova_ext_nova_block(self, instance: Any, vifs: Any) -> Any:
        """Nova's configuration object of its own block of metadata."""
        if hasattr(self, 'get_instance_driver_metadata'):  # Nova 31 and later
            return self._get_guest_config_meta(self.get_instance_driver_metadata(instance, vifs))
        return self._get_guest_config_meta(instance, vifs)

    def _nova_ext_refresh(self, instance: Any) -> None:
        """Write what has changed of a server into its domain."""
        with harmless('Its metadata is not refreshed before the next pass', instance):
            self._nova_ext_metadata.refresh(instance.uuid)

    def _get_guest_config_meta(self, *args: Any, **kwargs: Any) -> Any:
        """Nova's block of metadata, with names that XML can carry."""
        return names.fit_all(super()._get_guest_config_meta(*args, **kwargs))

    def _get_guest_config(
            self, instance: Any, network_info: Any, *args: Any, **kwargs: Any) -> Any:
        """A guest's configuration, with metadata that is true."""
        guest_cfg = super()._get_guest_config(instance, network_info, *args, **kwargs)
        with harmless('Its metadata is what Nova makes of it for now', instance):
            self._nova_ext_metadata.complete(guest_cfg.metadata, instance, network_info)
        return guest_cfg

    def _create_guest_with_network(
            self, context: Any, xml: str, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Make a guest, as all do that start one anew."""
        guest = super()._create_guest_with_network(context, xml, instance, *args, **kwargs)
        self._nova_ext_refresh(instance)
        return guest

    def reboot(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Reboot a guest, in a new process even when it does so by itself."""
        result = super().reboot(context, instance, *args, **kwargs)
        self._nova_ext_refresh(instance)
        return result

    def rescue(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Start a guest from another image."""
        super().rescue(context, instance, *args, **kwargs)
        self._nova_ext_refresh(instance)

    def power_off(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Power a guest off."""
        super().power_off(instance, *args, **kwargs)
        self._nova_ext_refresh(instance)

    def attach_interface(
            self, context: Any, instance: Any, image_meta: Any, vif: Any, *args: Any,
            **kwargs: Any) -> None:
        """Attach a port."""
        super().attach_interface(context, instance, image_meta, vif, *args, **kwargs)
        self._nova_ext_metadata.ahead.there(instance.uuid, vif['id'])
        self._nova_ext_refresh(instance)

    def detach_interface(
            self, context: Any, instance: Any, vif: Any, *args: Any, **kwargs: Any) -> None:
        """Detach a port, of which the record tells later."""
        super().detach_interface(context, instance, vif, *args, **kwargs)
        self._nova_ext_metadata.ahead.gone(instance.uuid, vif['id'])
        self._nova_ext_refresh(instance)

    def attach_volume(
            self, context: Any, connection_info: Any, instance: Any, *args: Any,
            **kwargs: Any) -> None:
        """Attach a volume."""
        super().attach_volume(context, connection_info, instance, *args, **kwargs)
        self._nova_ext_metadata.ahead.there(instance.uuid, records.volume_id(connection_info))
        self._nova_ext_refresh(instance)

    def detach_volume(
            self, context: Any, connection_info: Any, instance: Any, *args: Any,
            **kwargs: Any) -> None:
        """Detach a volume, of which the record tells later."""
        super().detach_volume(context, connection_info, instance, *args, **kwargs)
        self._nova_ext_metadata.ahead.gone(instance.uuid, records.volume_id(connection_info))
        self._nova_ext_refresh(instance)

    def swap_volume(
            self, context: Any, old_connection_info: Any, new_connection_info: Any,
            instance: Any, *args: Any, **kwargs: Any) -> None:
        """Put a volume in the place of another.

        Which of the two has the name of the first afterwards is cinder's to say.
        """
        super().swap_volume(
            context, old_connection_info, new_connection_info, instance, *args, **kwargs)
        self._nova_ext_metadata.follow(instance)


class LibvirtDriver(LibvirtMixin, nova_driver.LibvirtDriver):  # type: ignore[misc]
    """``[DEFAULT] compute_driver = nova_ext.LibvirtDriver``."""
