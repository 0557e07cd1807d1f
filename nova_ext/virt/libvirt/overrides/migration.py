# SPDX-License-Identifier: Apache-2.0
"""Migration: the consoles and their history go with the guest."""

from __future__ import annotations

from typing import Any

from nova import conf as nova_conf
from nova.compute import task_states

from nova_ext.virt.libvirt.console import arrivals, moves
from nova_ext.virt.libvirt.harmless import harmless
from nova_ext.virt.libvirt.overrides import base


class MigrationMixin(base.Base):  # type: ignore[misc]
    """Moves consoles between hosts; needs those of the console's mixin."""

    def __init__(self, virtapi: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(virtapi, *args, **kwargs)
        self._nova_ext_arrivals = arrivals.Arrivals(self._nova_ext_ports)
        self._nova_ext_moves = moves.Moves(
            nova_conf.CONF, self._nova_ext_consoles, self._nova_ext_leftovers,
            self._nova_ext_arrivals)

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
        self._nova_ext_ports.forget(instance)  # Nova has given them back
        with harmless('The console history does not go with the server', instance):
            self._nova_ext_moves.left(context, instance, migrate_data)

    def check_can_live_migrate_destination(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse a guest whose console could not be logged here, before it is too late."""
        if self._nova_ext_consoles.are_logged:
            self._nova_ext_moves.check_destination()
        return super().check_can_live_migrate_destination(*args, **kwargs)

    def pre_live_migration(
            self, context: Any, instance: Any, block_device_info: Any, network_info: Any,
            disk_info: Any, migrate_data: Any) -> Any:
        """Prepare for a guest, and note the ports that Nova acquires for it."""
        with harmless('Serial ports may stay acquired for nothing', instance):
            self._nova_ext_moves.reclaim(context)
        try:
            migrate_data = super().pre_live_migration(
                context, instance, block_device_info, network_info, disk_info, migrate_data)
        except Exception:
            with harmless('Serial ports may stay acquired for nothing', instance):
                self._nova_ext_arrivals.not_prepared(migrate_data)
            raise
        with harmless('Serial ports may stay acquired for nothing', instance):
            self._nova_ext_arrivals.expect(instance, migrate_data)
        return migrate_data

    def post_live_migration_at_destination(
            self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Take over a guest, and give back the ports that it does not use."""
        super().post_live_migration_at_destination(context, instance, *args, **kwargs)
        with harmless('Serial ports may stay acquired for nothing', instance):
            self._nova_ext_arrivals.arrived(instance)

    def rollback_live_migration_at_destination(
            self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Forget a guest that does not come."""
        self._nova_ext_arrivals.not_coming(instance)
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
        self._nova_ext_ports.give_back(instance)
        return super().cleanup(context, instance, *args, **kwargs)

    def confirm_migration(
            self, context: Any, migration: Any, instance: Any, *args: Any,
            **kwargs: Any) -> None:
        """Delete what is left of a server that has gone for good."""
        path = self._nova_ext_consoles.get_current_log_path(instance)
        super().confirm_migration(context, migration, instance, *args, **kwargs)
        if migration.source_compute != migration.dest_compute:
            self._nova_ext_leftovers.leave_noted(path, instance)
