# SPDX-License-Identifier: Apache-2.0
"""Metadata: what ``virsh dumpxml`` says of a server, true from the start and after each change."""

from __future__ import annotations

from typing import Any

from nova import conf as nova_conf

from nova_ext import threads
from nova_ext.virt.libvirt.harmless import harmless
from nova_ext.virt.libvirt.metadata import names, records, refresher
from nova_ext.virt.libvirt.overrides import base


class MetadataMixin(base.Base):  # type: ignore[misc]
    """Writes the metadata of domains; needs the connections of the diagnostics' mixin."""

    def __init__(self, virtapi: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(virtapi, *args, **kwargs)
        conf = nova_conf.CONF
        self._nova_ext_metadata = refresher.Refresher(
            conf, self._nova_ext_diagnostics.queries, self._nova_ext_diagnostics.start_times,
            self._nova_ext_nova_block)
        self._nova_ext_passes = threads.Every(
            'metadata', conf.nova_ext.metadata_interval, self._nova_ext_metadata.refresh_all)

    def init_host(self, *args: Any, **kwargs: Any) -> None:
        """Begin the passes over all guests once Nova's driver is ready."""
        super().init_host(*args, **kwargs)
        self._nova_ext_passes.start()

    def cleanup_host(self, *args: Any, **kwargs: Any) -> None:
        """End the passes when the service stops."""
        self._nova_ext_passes.stop()
        super().cleanup_host(*args, **kwargs)

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

    def unrescue(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Start a guest from its own image again."""
        super().unrescue(context, instance, *args, **kwargs)
        self._nova_ext_refresh(instance)

    def power_off(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Power a guest off."""
        super().power_off(instance, *args, **kwargs)
        self._nova_ext_refresh(instance)

    def suspend(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Save a guest to disk; what is left to be written is its persistent configuration."""
        super().suspend(context, instance, *args, **kwargs)
        self._nova_ext_refresh(instance)

    def live_migration(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Migrate a guest; one that stays after all may have been renamed meanwhile."""
        super().live_migration(context, instance, *args, **kwargs)
        with harmless('Its metadata is not refreshed before the next pass', instance):
            self._nova_ext_metadata.refresh_local(instance.uuid)

    def post_live_migration_at_destination(
            self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Take over a guest, whose metadata names the host that it came from."""
        super().post_live_migration_at_destination(context, instance, *args, **kwargs)
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
