# SPDX-License-Identifier: Apache-2.0
"""Clients of nova-ext's API, one for each resource."""

from __future__ import annotations

from nova_ext.tempest_plugin.services.console_log import ConsoleLogClient
from nova_ext.tempest_plugin.services.diagnostics import DiagnosticsClient
from nova_ext.tempest_plugin.services.discovery import DiscoveryClient
from nova_ext.tempest_plugin.services.host_diagnostics import HostDiagnosticsClient
from nova_ext.tempest_plugin.services.hypervisors import HypervisorsClient
from nova_ext.tempest_plugin.services.servers import ServersClient

__all__ = [
    'ConsoleLogClient', 'DiagnosticsClient', 'DiscoveryClient', 'HostDiagnosticsClient',
    'HypervisorsClient',
    'ServersClient']
