# SPDX-License-Identifier: Apache-2.0
"""The names of servers, which Nova makes from a template."""

from __future__ import annotations

from typing import Any

import pytest
from nova import context as nova_context
from nova import objects

from nova_ext.db import servers
from tests.unit.api.functional.cloud import Cloud


@pytest.mark.parametrize('template', [
    'instance-%08x', '%d', 'vm', '%(uuid)s', '%(hostname)s-x', '%(display_name)s.%(id)d',
    'instance-%(unknown)s', '%(project_id)s-%(id)05x', '100%%-%(uuid)s', '%s', '%%',
])
def test_a_server_is_called_as_by_nova(conf: Any, cloud: Cloud, template: str) -> None:
    conf.set_override('instance_name_template', template)
    for host in ('one', 'one', 'two'):
        cloud.add_server(host)
    cloud.delete_server(cloud.add_server('one'))
    context = nova_context.get_admin_context()
    with nova_context.target_cell(context, cloud.cells['cell1']) as targeted:
        found = servers.get_by_host(targeted, ['one', 'two', 'three'])
        for host in ('one', 'two', 'three'):
            wanted = objects.InstanceList.get_by_host(targeted, host)
            assert [(server.uuid, server.name) for server in found.get(host, ())] == [
                (instance.uuid, instance.name) for instance in wanted]
    assert len(found['one']) == 2
