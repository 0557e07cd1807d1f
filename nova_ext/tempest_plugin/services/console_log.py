# SPDX-License-Identifier: Apache-2.0
"""``GET /servers/{server_id}/console-log``."""

from __future__ import annotations

from typing import Any

from tempest.lib.common import rest_client

from nova_ext.tempest_plugin.schemas import console_log as schema
from nova_ext.tempest_plugin.services import base


class ConsoleLogClient(base.NovaExtClient):
    """Asks what a server has printed."""

    def show_console_log(self, server_id: str, **query: Any) -> rest_client.ResponseBody:
        """A part of the console log of a server."""
        return self.read(f'servers/{server_id}/console-log', schema.show, **query)
