# SPDX-License-Identifier: Apache-2.0
"""The compute driver for vCenter: Nova's own with nova-ext's diagnostics mixed in."""

from __future__ import annotations

from typing import Any

from nova import conf as nova_conf
from nova.virt.vmwareapi import driver as nova_driver
from oslo_log import log as logging

from nova_ext import conf as nova_ext_conf
from nova_ext.compute import endpoints
from nova_ext.nova_compat import compute, vmware
from nova_ext.objects import stock
from nova_ext.virt import capabilities, one_by_one, signatures
from nova_ext.virt.vmware import collector, diagnostics, vcenter

LOG = logging.getLogger(__name__)

#: To type checkers anything: at run time the mixin comes before Nova's driver.
_NovaDriver: Any = object


class VMwareMixin(_NovaDriver):  # type: ignore[misc]
    """All overrides for a VMware driver of Nova's, and the RPC endpoint of the host."""

    def __init__(self, virtapi: Any, *args: Any, **kwargs: Any) -> None:
        nova_ext_conf.register_opts(nova_conf.CONF)
        super().__init__(virtapi, *args, **kwargs)
        #: What the overrides delegate to.
        self._nova_ext = collector.Collector(
            vcenter.Vcenter(vmware.Session(self)), nova_conf.CONF.nova_ext.vmware_timeout)
        compute.add_endpoints(virtapi, endpoints.make(capabilities.Capabilities(
            diagnostics=self._nova_ext, host_diagnostics=one_by_one.OneByOne(
                self._nova_ext, diagnostics.DRIVER, at_once=collector.LIMIT))))

    def init_host(self, *args: Any, **kwargs: Any) -> None:
        """Say that the host is served once everything has begun."""
        super().init_host(*args, **kwargs)
        self._nova_ext.prepare()
        LOG.info('nova-ext answers diagnostics on this host')

    def get_instance_diagnostics(self, instance: Any) -> Any:
        """The corrected values, in Nova's own object, for callers of compute 2.48."""
        return stock.to_nova(self._nova_ext.collect(instance, '1.0'))


class VMwareDriver(VMwareMixin, nova_driver.VMwareVCDriver):  # type: ignore[misc]
    """``[DEFAULT] compute_driver = nova_ext.VMwareDriver``."""


signatures.adopt(VMwareMixin, nova_driver.VMwareVCDriver)
