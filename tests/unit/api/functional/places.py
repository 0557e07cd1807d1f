# SPDX-License-Identifier: Apache-2.0
"""Hosts in aggregates and availability zones."""

from __future__ import annotations

import sqlalchemy as sa
from nova import context as nova_context
from nova.db.api import models

from nova_ext.db import session
from tests.fixtures import nova_cloud
from tests.unit.api.functional import base

VERSION = 'compute 2.53, nova-ext 1.2'

PATHS = ('/os-hypervisors', '/os-hypervisors/detail')



def hosts_in_places(cloud: nova_cloud.NovaCloud) -> str:
    """Add hosts in aggregates and zones of two cells, and return the UUID of ``rack1``."""
    cloud.add_cell()
    for host in ('a1', 'a2', 'a3'):
        cloud.add_hypervisor(host, disabled=host == 'a2')
    for host in ('b1', 'b2'):
        cloud.add_hypervisor(host, cell='cell2')
    cloud.add_node('lost', cell='cell2')
    rack = cloud.add_aggregate('rack1', 'a1', 'A2', 'b1')
    cloud.add_aggregate('Rack two', 'lost', 'elsewhere', availability_zone='far')
    cloud.add_aggregate('empty')
    cloud.add_aggregate('zone', 'a1', availability_zone='near')
    cloud.add_aggregate('ssd', 'b2', availability_zone='near', ssd='true')
    return rack


class PlacesTestCase(base.HypervisorsTestCase):
    """A test of filters by place; :attr:`rack` is the UUID of the aggregate ``rack1``."""

    def setUp(self) -> None:
        super().setUp()
        self.rack = self.cloud.fill(hosts_in_places)

    def find_id(self, name: str) -> str:
        """Return the id of an aggregate."""
        table = models.Aggregate.__table__
        with session.of_api(nova_context.get_admin_context()) as api:
            return str(api.execute(sa.select(table.c.id).where(table.c.name == name)).scalar())

    def refusal(self, query: str, version: str = VERSION) -> str:
        """Return why a list is refused, whichever of the two."""
        messages = set()
        for path in PATHS:
            response = self.get(f'{path}?{query}', version)
            self.assertEqual(400, response.status_int, response.text)
            messages.add(response.json_body['badRequest']['message'])
        [message] = messages
        return str(message)
