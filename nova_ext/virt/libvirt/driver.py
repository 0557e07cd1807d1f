# SPDX-License-Identifier: Apache-2.0
"""The compute driver: Nova's own with nova-ext's answers mixed in."""

from __future__ import annotations

from typing import Any

from nova import conf as nova_conf
from nova.virt.libvirt import driver as nova_driver
from oslo_log import log as logging

from nova_ext import conf as nova_ext_conf
from nova_ext.compute import endpoints
from nova_ext.nova_compat import compute
from nova_ext.virt import signatures
from nova_ext.virt.libvirt import extensions
from nova_ext.virt.libvirt.overrides import configuration, moves, operations

LOG = logging.getLogger(__name__)


class LibvirtMixin(
        operations.OperationsMixin, moves.MovesMixin, configuration.ConfigurationMixin):
    """All overrides for a libvirt driver of Nova's, and the RPC endpoint of the host.

    No two bases override the same method, so that their order means nothing.
    """

    def __init__(self, virtapi: Any, *args: Any, **kwargs: Any) -> None:
        nova_ext_conf.register_opts(nova_conf.CONF)
        super().__init__(virtapi, *args, **kwargs)
        self._nova_ext = extensions.Extensions(
            nova_conf.CONF, self._host, nova_log_path=self._nova_ext_stock_log_path,
            nova_block=self._nova_ext_stock_block)
        compute.add_endpoints(virtapi, endpoints.make(self._nova_ext.capabilities))

    def init_host(self, *args: Any, **kwargs: Any) -> None:
        """Say that the host is served once everything has begun."""
        super().init_host(*args, **kwargs)
        self._nova_ext.start()
        LOG.info('nova-ext answers diagnostics on this host')

    def cleanup_host(self, *args: Any, **kwargs: Any) -> None:
        """End what runs in the background before Nova's driver ends."""
        self._nova_ext.stop()
        super().cleanup_host(*args, **kwargs)


class LibvirtDriver(LibvirtMixin, nova_driver.LibvirtDriver):  # type: ignore[misc]
    """``[DEFAULT] compute_driver = nova_ext.LibvirtDriver``."""


signatures.adopt(LibvirtMixin, nova_driver.LibvirtDriver)
