# SPDX-License-Identifier: Apache-2.0
"""Moves to another host: the consoles, their history and the metadata go with the guest."""

from __future__ import annotations

import contextlib
from typing import Any

from nova.compute import task_states

from nova_ext.virt.best_effort import best_effort
from nova_ext.virt.libvirt.overrides import base


def _keeping_account(instance: Any) -> contextlib.AbstractContextManager[None]:
    return best_effort('Failed to track serial ports, which may stay acquired', instance)


class MovesMixin(base.Overrides):
    """Overrides of what the source and the destination of a move do."""

    # Live migration: the destination prepares, the source migrates, both clean up.

    def check_can_live_migrate_destination(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse a guest whose console could not be logged here, before it is too late."""
        if self._nova_ext.consoles.are_logged:
            self._nova_ext.moves.check_destination()
        return super().check_can_live_migrate_destination(*args, **kwargs)

    def pre_live_migration(
            self, context: Any, instance: Any, block_device_info: Any, network_info: Any,
            disk_info: Any, migrate_data: Any, *args: Any, **kwargs: Any) -> Any:
        """Prepare for a guest, and note the ports that Nova acquires for it."""
        with _keeping_account(instance):
            self._nova_ext.moves.reclaim(context)
        try:
            migrate_data = super().pre_live_migration(
                context, instance, block_device_info, network_info, disk_info, migrate_data,
                *args, **kwargs)
        except Exception:
            with _keeping_account(instance):
                self._nova_ext.arrivals.pre_live_migration_failed(migrate_data)
            raise
        with _keeping_account(instance):
            self._nova_ext.arrivals.pre_live_migration(instance, migrate_data)
        return migrate_data

    def live_migration(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Migrate a guest, which will go on in another process.

        One that stays after all may have been renamed meanwhile.
        """
        self._nova_ext.diagnostics.stamp_start(instance)
        try:
            super().live_migration(context, instance, *args, **kwargs)
        finally:  # since Nova 34 an abort raises, too
            with best_effort('Failed to refresh domain metadata before the next pass', instance):
                self._nova_ext.metadata.refresh_local(instance.uuid)

    def _verify_serial_console_is_disabled(self) -> None:
        """Let a guest with serial ports go to a host that gives none.

        It goes with what that host can do.
        """

    def _live_migration_operation(
            self, context: Any, instance: Any, dest: str, block_migration: Any,
            migrate_data: Any, guest: Any, *args: Any, **kwargs: Any) -> None:
        """Migrate the guest with consoles that are fit for the destination."""
        with best_effort('Failed to adapt the consoles to the destination', instance):
            if self._nova_ext.consoles.are_logged:
                guest = self._nova_ext.moves.live_migration_operation(
                    context, instance, dest, migrate_data, guest)
        super()._live_migration_operation(
            context, instance, dest, block_migration, migrate_data, guest, *args, **kwargs)

    def post_live_migration(
            self, context: Any, instance: Any, block_device_info: Any,
            migrate_data: Any = None, *args: Any, **kwargs: Any) -> None:
        """Send the console's history after the guest, before anything is deleted here."""
        super().post_live_migration(
            context, instance, block_device_info, migrate_data, *args, **kwargs)
        with _keeping_account(instance):
            self._nova_ext.ports.forget(instance)  # Nova has given them back
        with best_effort('Failed to send the console history after the server', instance):
            self._nova_ext.moves.post_live_migration(context, instance, migrate_data)

    def post_live_migration_at_destination(
            self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Take over a guest: give back unused ports, write whose host it is on now."""
        super().post_live_migration_at_destination(context, instance, *args, **kwargs)
        with _keeping_account(instance):
            self._nova_ext.arrivals.post_live_migration_at_destination(instance)
        self._nova_ext_refresh_metadata(instance)

    def rollback_live_migration_at_destination(
            self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Forget a guest that does not come."""
        self._nova_ext.arrivals.rollback_live_migration_at_destination(instance)
        super().rollback_live_migration_at_destination(context, instance, *args, **kwargs)

    # Cold migration and resize: the source, the revert on the destination, the end of it.

    def migrate_disk_and_power_off(
            self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Send the console's history after the server's disks."""
        disk_info = super().migrate_disk_and_power_off(context, instance, *args, **kwargs)
        with best_effort('Failed to send the console history after the server', instance):
            self._nova_ext.moves.migrate_disk_and_power_off(context, instance)
        return disk_info

    def cleanup(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Clean up, after what a server that goes back printed here is on its way."""
        if instance.task_state == task_states.RESIZE_REVERTING:
            with best_effort('Failed to send back what the server printed here', instance):
                self._nova_ext.moves.revert_resize(context, instance)
        self._nova_ext.ports.give_back(instance)
        return super().cleanup(context, instance, *args, **kwargs)

    def confirm_migration(
            self, context: Any, migration: Any, instance: Any, *args: Any,
            **kwargs: Any) -> None:
        """Delete what is left of a server that has gone for good."""
        paths = self._nova_ext.consoles.get_current_log_paths(instance)
        super().confirm_migration(context, migration, instance, *args, **kwargs)
        if migration.source_compute != migration.dest_compute:
            for path in paths.values():
                self._nova_ext.leftovers.discard_or_keep_recorded(path, instance)
