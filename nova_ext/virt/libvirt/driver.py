# SPDX-License-Identifier: Apache-2.0
"""The compute driver: Nova's own with nova-ext's answers mixed in.

Each override delegates to a module that knows nothing of Nova's driver. What this leans on in
Nova is listed in :mod:`nova_ext.nova_internals`.
"""

from __future__ import annotations

from typing import Any

from nova import conf as nova_conf
from nova.virt.libvirt import driver as nova_driver
from oslo_log import log as logging

from nova_ext import conf as nova_ext_conf
from nova_ext.compute import endpoint
from nova_ext.objects import stock
from nova_ext.virt.libvirt import diagnostics, resources

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
