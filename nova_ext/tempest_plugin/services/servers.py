# SPDX-License-Identifier: Apache-2.0
"""``GET /servers`` with what nova-ext adds."""

from __future__ import annotations

from typing import Any

from tempest.lib.common import rest_client

from nova_ext.tempest_plugin.schemas import host_status as schema
from nova_ext.tempest_plugin.services import base

_SHOW = {'1.0': schema.show, '1.2': schema.show_1_2}
_INDEX = {'1.0': schema.index, '1.2': schema.index_1_2}


class ServersClient(base.NovaExtClient):
    """Asks how the hosts of servers are."""

    def show_server(self, server_id: str) -> rest_client.ResponseBody:
        """One server."""
        return self.read(f'servers/{server_id}', self.choose(_SHOW))

    def list_servers(self, *, detail: bool = True, **query: Any) -> rest_client.ResponseBody:
        """Servers that the query parameters choose."""
        return self.read(
            'servers/detail' if detail else 'servers', self.choose(_INDEX), **query)
