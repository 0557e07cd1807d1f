# SPDX-License-Identifier: Apache-2.0
"""``GET /nova-ext``."""

from __future__ import annotations

from tempest.lib.common import rest_client

from nova_ext.tempest_plugin.schemas import discovery as schema
from nova_ext.tempest_plugin.services import base


class DiscoveryClient(base.NovaExtClient):
    """Asks which versions and operations are served."""

    def show_discovery(self) -> rest_client.ResponseBody:
        """The versions and the operations."""
        return self.read('nova-ext', schema.show)
