# SPDX-License-Identifier: Apache-2.0
"""``GET /os-hypervisors`` with what nova-ext adds."""

from __future__ import annotations

from typing import Any

from tempest.lib.common import rest_client

from nova_ext.tempest_plugin.schemas import hypervisors as schema
from nova_ext.tempest_plugin.services import base

_SHOW = {'1.0': schema.show, '1.2': schema.show_1_2}
_INDEX = {'1.0': schema.index, '1.2': schema.index_1_2}


class HypervisorsClient(base.NovaExtClient):
    """Asks how hypervisors are."""

    def show_hypervisor(self, hypervisor_id: str) -> rest_client.ResponseBody:
        """One hypervisor."""
        return self.read(f'os-hypervisors/{hypervisor_id}', self.choose(_SHOW))

    def list_hypervisors(self, *, detail: bool = False, **query: Any) -> rest_client.ResponseBody:
        """Hypervisors that the query parameters choose."""
        return self.read('os-hypervisors/detail' if detail else 'os-hypervisors',
                         self.choose(_INDEX), **query)
