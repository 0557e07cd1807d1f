# SPDX-License-Identifier: Apache-2.0
"""The names of servers, which Nova makes from a template."""

from __future__ import annotations

import ddt
from nova import context as nova_context
from nova import objects

from nova_ext.db import servers
from tests.unit.api.functional import base


@ddt.ddt
class TestServerNames(base.TestCase):
    @ddt.data(
        'instance-%08x', '%d', 'vm', '%(uuid)s', '%(hostname)s-x', '%(display_name)s.%(id)d',
        'instance-%(unknown)s', '%(project_id)s-%(id)05x', '100%%-%(uuid)s', '%s', '%%')
    def test_server_is_named_as_by_nova(self, template: str) -> None:
        self.conf.set_override('instance_name_template', template)
        for host in ('one', 'one', 'two'):
            self.cloud.add_server(host)
        self.cloud.delete_server(self.cloud.add_server('one'))
        context = nova_context.get_admin_context()
        with nova_context.target_cell(context, self.cloud.cells['cell1']) as targeted:
            found = servers.get_by_host(targeted, ['one', 'two', 'three'])
            for host in ('one', 'two', 'three'):
                instances = objects.InstanceList.get_by_host(targeted, host)
                self.assertEqual(
                    [(instance.uuid, instance.name) for instance in instances],
                    [(server.uuid, server.name) for server in found.get(host, ())])
        self.assertEqual(2, len(found['one']))
