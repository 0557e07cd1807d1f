# SPDX-License-Identifier: Apache-2.0
"""``GET /os-hypervisors/{hypervisor_id}/diagnostics`` and ``GET /nova-ext/diagnostics``."""

from __future__ import annotations

from typing import Any

from tempest.lib.common import rest_client

from nova_ext.tempest_plugin.schemas import host_diagnostics as schema
from nova_ext.tempest_plugin.services import base


class HostDiagnosticsClient(base.NovaExtClient):
    """Asks what is known of many servers now."""

    def show_diagnostics(self, hypervisor_id: str, **query: Any) -> rest_client.ResponseBody:
        """The diagnostics of a hypervisor's servers."""
        return self.read(f'os-hypervisors/{hypervisor_id}/diagnostics', schema.show, **query)

    def list_diagnostics(self, **query: Any) -> rest_client.ResponseBody:
        """The diagnostics of the servers that the query parameters choose."""
        return self.read('nova-ext/diagnostics', schema.index, **query)
