# SPDX-License-Identifier: Apache-2.0
"""The compute driver: Nova's own with nova-ext's answers mixed in.

Each override delegates to a module that knows nothing of Nova's driver. What this leans on in
Nova is listed in :mod:`nova_ext.nova_internals`.
"""

from __future__ import annotations

import os
from typing import Any

from nova import conf as nova_conf
from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import utils as libvirt_utils
from oslo_log import log as logging

from nova_ext import conf as nova_ext_conf
from nova_ext.compute import endpoint
from nova_ext.objects import stock
from nova_ext.virt.libvirt import console, console_config, diagnostics, resources

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
        self._nova_ext_console = console.Consoles(self._host, conf)
        virtapi._compute.additional_endpoints.append(
            endpoint.ComputeEndpoint(self._nova_ext.collect))

    def init_host(self, *args: Any, **kwargs: Any) -> None:
        """Begin sampling once Nova's driver is ready."""
        super().init_host(*args, **kwargs)
        self._nova_ext.sampler.start()
        LOG.info('nova-ext answers diagnostics on this host')

    def cleanup_host(self, *args: Any, **kwargs: Any) -> None:
        """Stop sampling when the service stops."""
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
        if self._nova_ext_console.are_logged:
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

    def get_console_output(self, context: Any, instance: Any) -> Any:
        """What the guest printed last, from its log, in any power state."""
        if not self._nova_ext_console.are_logged:
            return super().get_console_output(context, instance)
        return self._nova_ext_console.get_output(
            instance, self._get_console_log_path(instance), nova_driver.MAX_CONSOLE_BYTES)

    def unrescue(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Start the guest's own configuration again, with ports that are free."""
        self._nova_ext_console.refresh_saved(
            instance, os.path.join(libvirt_utils.get_instance_path(instance), 'unrescue.xml'))
        super().unrescue(context, instance, *args, **kwargs)

    def suspend(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Suspend the guest, which will come back in another process."""
        self._nova_ext.stamp_start(instance)
        super().suspend(context, instance, *args, **kwargs)

    def live_migration(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Migrate the guest, which will go on in another process."""
        self._nova_ext.stamp_start(instance)
        super().live_migration(context, instance, *args, **kwargs)


class LibvirtDriver(LibvirtMixin, nova_driver.LibvirtDriver):  # type: ignore[misc]
    """``[DEFAULT] compute_driver = nova_ext.LibvirtDriver``."""
