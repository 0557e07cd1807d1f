# SPDX-License-Identifier: Apache-2.0
"""``GET /servers/{server_id}/diagnostics``."""

from __future__ import annotations

from typing import Any

from tempest.lib.common import rest_client

from nova_ext.tempest_plugin.schemas import diagnostics as schema
from nova_ext.tempest_plugin.services import base

_SCHEMAS = {'1.0': schema.show, '1.2': schema.show_1_2}


class DiagnosticsClient(base.NovaExtClient):
    """Asks what is known of a server now."""

    def show_diagnostics(self, server_id: str, **query: Any) -> rest_client.ResponseBody:
        """The diagnostics of a server."""
        return self.read(
            f'servers/{server_id}/diagnostics', self.choose(_SCHEMAS), **query)
