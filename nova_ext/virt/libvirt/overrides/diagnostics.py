# SPDX-License-Identifier: Apache-2.0
"""Diagnostics: what is known about a guest, for clients of nova-ext and of stock Nova."""

from __future__ import annotations

from typing import Any

from nova import conf as nova_conf

from nova_ext.objects import stock
from nova_ext.virt.libvirt import diagnostics, resources
from nova_ext.virt.libvirt.overrides import base


class DiagnosticsMixin(base.Base):  # type: ignore[misc]
    """Answers from the guest's domain, and remembers when the guest was started."""

    def __init__(self, virtapi: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(virtapi, *args, **kwargs)
        self._nova_ext_diagnostics = diagnostics.Collector(self._host, nova_conf.CONF)

    def init_host(self, *args: Any, **kwargs: Any) -> None:
        """Begin sampling once Nova's driver is ready."""
        super().init_host(*args, **kwargs)
        self._nova_ext_diagnostics.sampler.start()

    def cleanup_host(self, *args: Any, **kwargs: Any) -> None:
        """Stop sampling when the service stops."""
        self._nova_ext_diagnostics.sampler.stop()
        super().cleanup_host(*args, **kwargs)

    def get_available_resource(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The host's resources, with its uptime in any release."""
        available: dict[str, Any] = super().get_available_resource(*args, **kwargs)
        resources.add_uptime(available, self.get_host_uptime)
        return available

    def get_instance_diagnostics(self, instance: Any) -> Any:
        """The corrected values, in Nova's own object, for callers of compute 2.48."""
        return stock.to_nova(self._nova_ext_diagnostics.collect(instance))

    def get_diagnostics(self, instance: Any) -> dict[str, Any]:
        """Nova's unformatted diagnostics (compute 2.1 to 2.47), within a bound."""
        return self._nova_ext_diagnostics.collect_legacy(instance)

    def suspend(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Suspend the guest, which will come back in another process."""
        self._nova_ext_diagnostics.stamp_start(instance)
        super().suspend(context, instance, *args, **kwargs)

    def live_migration(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Migrate the guest, which will go on in another process."""
        self._nova_ext_diagnostics.stamp_start(instance)
        super().live_migration(context, instance, *args, **kwargs)
