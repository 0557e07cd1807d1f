# SPDX-License-Identifier: Apache-2.0
"""The compute driver: Nova's own with nova-ext's answers mixed in."""

from __future__ import annotations

from typing import Any

from nova import conf as nova_conf
from nova.virt.libvirt import driver as nova_driver
from oslo_log import log as logging

from nova_ext import conf as nova_ext_conf
from nova_ext.compute import endpoint
from nova_ext.virt.libvirt.overrides import signatures
from nova_ext.virt.libvirt.overrides.console import ConsoleMixin
from nova_ext.virt.libvirt.overrides.diagnostics import DiagnosticsMixin
from nova_ext.virt.libvirt.overrides.metadata import MetadataMixin
from nova_ext.virt.libvirt.overrides.migration import MigrationMixin

LOG = logging.getLogger(__name__)


class LibvirtMixin(MetadataMixin, MigrationMixin, ConsoleMixin, DiagnosticsMixin):
    """All overrides for a libvirt driver of Nova's, and the RPC endpoint of the host.

    The metadata's are outermost: they write what the others have made of a guest.
    """

    def __init__(self, virtapi: Any, *args: Any, **kwargs: Any) -> None:
        nova_ext_conf.register_opts(nova_conf.CONF)
        super().__init__(virtapi, *args, **kwargs)
        virtapi._compute.additional_endpoints.append(
            endpoint.ComputeEndpoint(
                self._nova_ext_diagnostics.collect, self._nova_ext_moves.receiver,
                self._nova_ext_metadata.refresh_local))

    def init_host(self, *args: Any, **kwargs: Any) -> None:
        """Say that the host is served once everything has begun."""
        super().init_host(*args, **kwargs)
        LOG.info('nova-ext answers diagnostics on this host')


class LibvirtDriver(LibvirtMixin, nova_driver.LibvirtDriver):  # type: ignore[misc]
    """``[DEFAULT] compute_driver = nova_ext.LibvirtDriver``."""


signatures.adopt(LibvirtMixin, nova_driver.LibvirtDriver)
