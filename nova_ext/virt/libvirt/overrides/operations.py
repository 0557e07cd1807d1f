# SPDX-License-Identifier: Apache-2.0
"""What Nova asks for about a host or one server, but for moves to another host."""

from __future__ import annotations

import os
from typing import Any

from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import utils as libvirt_utils

from nova_ext.objects import stock
from nova_ext.virt import resources
from nova_ext.virt.best_effort import best_effort
from nova_ext.virt.libvirt.metadata import records
from nova_ext.virt.libvirt.overrides import base


class OperationsMixin(base.Overrides):
    """Overrides of operations, in the order of a server's life."""

    # Questions.

    def get_available_resource(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The host's resources, with its uptime in any release."""
        available: dict[str, Any] = super().get_available_resource(*args, **kwargs)
        resources.add_uptime(available, self.get_host_uptime)
        return available

    def get_instance_diagnostics(self, instance: Any) -> Any:
        """The corrected values, in Nova's own object, for callers of compute 2.48."""
        return stock.to_nova(self._nova_ext.diagnostics.collect(instance, '1.0'))

    def get_diagnostics(self, instance: Any) -> dict[str, Any]:
        """Nova's unformatted diagnostics (compute 2.1 to 2.47), within a bound."""
        return self._nova_ext.diagnostics.collect_legacy(instance)

    def get_console_output(self, context: Any, instance: Any) -> Any:
        """What the guest printed last, from its log, in any power state."""
        if not self._nova_ext.consoles.are_logged:
            return super().get_console_output(context, instance)
        return self._nova_ext.consoles.get_output(instance, nova_driver.MAX_CONSOLE_BYTES)

    # Power.

    def reboot(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Reboot a guest, in a new process even when it does so by itself."""
        result = super().reboot(context, instance, *args, **kwargs)
        self._nova_ext_refresh_metadata(instance)
        return result

    def _hard_reboot(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        """Start a guest anew, for a reboot, a start or when its host has booted: its log stays."""
        with self._nova_ext.leftovers.restarting(instance):
            return super()._hard_reboot(context, instance, *args, **kwargs)

    def power_off(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Power a guest off."""
        super().power_off(instance, *args, **kwargs)
        self._nova_ext_refresh_metadata(instance)

    def suspend(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Save a guest to disk; it will come back in another process.

        What is left to be written then is its persistent configuration.
        """
        self._nova_ext.diagnostics.stamp_start(instance)
        super().suspend(context, instance, *args, **kwargs)
        self._nova_ext_refresh_metadata(instance)

    def rescue(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Start the guest from another image, with the ports that it has."""
        with self._nova_ext.ports.replacing(instance):
            super().rescue(context, instance, *args, **kwargs)
        self._nova_ext_refresh_metadata(instance)

    def unrescue(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Start the guest's own configuration again, with the ports that it has or free ones."""
        self._nova_ext.starts.refresh_saved(
            instance, os.path.join(libvirt_utils.get_instance_path(instance), 'unrescue.xml'))
        with self._nova_ext.ports.replacing(instance):
            super().unrescue(context, instance, *args, **kwargs)
        self._nova_ext_refresh_metadata(instance)

    # Devices. Nova records afterwards what is attached; until then the pending changes tell.

    def attach_interface(
            self, context: Any, instance: Any, image_meta: Any, vif: Any, *args: Any,
            **kwargs: Any) -> None:
        """Attach a port."""
        super().attach_interface(context, instance, image_meta, vif, *args, **kwargs)
        self._nova_ext.metadata.pending.attached(instance.uuid, vif['id'])
        self._nova_ext_refresh_metadata(instance)

    def detach_interface(
            self, context: Any, instance: Any, vif: Any, *args: Any, **kwargs: Any) -> None:
        """Detach a port."""
        super().detach_interface(context, instance, vif, *args, **kwargs)
        self._nova_ext.metadata.pending.detached(instance.uuid, vif['id'])
        self._nova_ext_refresh_metadata(instance)

    def attach_volume(
            self, context: Any, connection_info: Any, instance: Any, *args: Any,
            **kwargs: Any) -> None:
        """Attach a volume."""
        super().attach_volume(context, connection_info, instance, *args, **kwargs)
        self._nova_ext.metadata.pending.attached(
            instance.uuid, records.volume_id(connection_info))
        self._nova_ext_refresh_metadata(instance)

    def detach_volume(
            self, context: Any, connection_info: Any, instance: Any, *args: Any,
            **kwargs: Any) -> None:
        """Detach a volume."""
        super().detach_volume(context, connection_info, instance, *args, **kwargs)
        self._nova_ext.metadata.pending.detached(
            instance.uuid, records.volume_id(connection_info))
        self._nova_ext_refresh_metadata(instance)

    def swap_volume(
            self, context: Any, old_connection_info: Any, new_connection_info: Any,
            instance: Any, *args: Any, **kwargs: Any) -> None:
        """Put a volume in the place of another.

        Which of the two has the name of the first afterwards is cinder's to say.
        """
        super().swap_volume(
            context, old_connection_info, new_connection_info, instance, *args, **kwargs)
        self._nova_ext.metadata.follow(instance)

    # The end.

    def delete_instance_files(self, instance: Any) -> Any:
        """Delete a server's files, its console log elsewhere among them.

        That of a server that is deleted itself may be kept for a while; that of one that is only
        started anew stays.
        """
        if self._nova_ext.leftovers.is_restarted(instance):
            return super().delete_instance_files(instance)
        with best_effort('Failed to keep the console log of the deleted server', instance):
            self._nova_ext.deleted_logs.keep(instance)
        self._nova_ext.leftovers.delete_with_files(instance)
        return super().delete_instance_files(instance)
