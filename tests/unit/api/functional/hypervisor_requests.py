# SPDX-License-Identifier: Apache-2.0
"""Hypervisors in every state, and every kind of request for them that Nova answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from tests.fixtures import nova_cloud
from tests.unit import support

#: Every compute microversion that changed what /os-hypervisors takes or says, and the newest.
VERSIONS = ('2.1', '2.28', '2.33', '2.53', '2.75', '2.87', '2.88', 'latest')

#: Those that changed only what is said; the others get every request there is.
CHANGED_FORMAT_ONLY = ('2.28', '2.75', '2.87', '2.88')

UNKNOWN_ID = 'ffffffff-ffff-4fff-8fff-ffffffffffff'

#: The hosts among those of :func:`add_nodes` whose hypervisors store no uptime.
WITHOUT_UPTIME = frozenset({'bare', 'odd'})


class Nodes(NamedTuple):
    """The UUIDs of some hypervisors."""

    first: str
    last_of_first_cell: str
    in_second_cell: str
    unmapped: str
    without_service: str
    deleted: str


def add_nodes(cloud: nova_cloud.NovaCloud) -> Nodes:
    """Add a second cell, and hypervisors in every state."""
    second = cloud.add_cell()
    first = cloud.add_hypervisor('up')
    cloud.add_hypervisor('disabled', disabled=True, disabled_reason='n\xe9w disk')
    cloud.add_hypervisor('forced', forced_down=True)
    cloud.add_hypervisor('silent', silent=True)
    cloud.add_hypervisor('never-reported', last_seen_up=None)
    cloud.map_host('no-service')
    without_service = cloud.add_node('no-service')
    unmapped = cloud.add_hypervisor('unmapped', mapped=False)
    cloud.add_node('nothing')
    cloud.add_host('retired', deleted=7)
    cloud.add_node('retired')
    cloud.add_host('scheduler-too')
    cloud.add_scheduler('scheduler-too', disabled=True)
    cloud.add_node('scheduler-too')
    deleted = cloud.add_node('up', deleted=9, hypervisor_hostname='deleted.example.org')
    cloud.add_host('bare', cell=second)
    for number in range(3):
        cloud.add_node('bare', cell=second, hypervisor_hostname=f'bare{number}',
                       hypervisor_type='ironic', stats=json.dumps({'cpu_arch': 'x86_64'}))
    cloud.add_host('odd', cell=second)
    cloud.add_node('odd', cell=second, stats=None, cpu_info='', host_ip=None,
                   disk_available_least=None, current_workload=None)
    cloud.add_node('odd', cell=second, stats='{}', cpu_info='{}', host_ip='2001:db8::1',
                   hypervisor_hostname='odd2')
    in_second_cell = cloud.add_hypervisor('second', cell=second)
    last = cloud.add_hypervisor('last')
    for host in ('up', 'up', 'silent', 'unmapped', 'no-service', 'nothing', None):
        cloud.add_server(host)
    cloud.add_server('second', cell=second)
    cloud.add_server('bare', cell=second)
    cloud.delete_server(cloud.add_server('up'))
    return Nodes(first, last, in_second_cell, unmapped, without_service, deleted)


#: Query parameters that mean something to some version, and what no version accepts.
QUERIES = (
    'limit=2', 'limit=0', 'limit=-1', 'limit=x', 'limit=1&limit=2', 'limit=3&marker=4',
    'marker=3', 'marker=003', 'marker=99', 'marker=', 'marker=x', f'marker={UNKNOWN_ID}',
    'hypervisor_hostname_pattern=bare', 'hypervisor_hostname_pattern=nowhere',
    'hypervisor_hostname_pattern=', 'hypervisor_hostname_pattern=%25',
    'hypervisor_hostname_pattern=b_re', 'hypervisor_hostname_pattern=up&limit=1',
    'hypervisor_hostname_pattern=up&marker=1', 'with_servers=1', 'with_servers=false',
    'with_servers=maybe', 'with_servers=true&limit=2',
    'with_servers=true&hypervisor_hostname_pattern=e', 'unknown=1', 'state=down', '%ff=1',
    'limit=%ff')


def _list_queries(nodes: Nodes, version: str) -> Iterable[str]:
    """Yield queries for lists; those that cost Nova most only where they mean something."""
    yield ''
    if version in ('2.1', '2.28'):  # every parameter is ignored
        yield 'limit=2&marker=3&with_servers=maybe&unknown=1'
        return
    if version in CHANGED_FORMAT_ONLY:
        yield from ('limit=3&marker=4', 'with_servers=1', 'with_servers=maybe', 'unknown=1')
        yield f'limit=3&marker={nodes.first}'
        return
    yield from QUERIES
    for node in nodes:
        yield f'limit=3&marker={node}'
    yield f'limit=2&marker={nodes.first.upper()}'
    yield f'with_servers=true&limit=2&marker={nodes.last_of_first_cell}'


def get_paths(nodes: Nodes, version: str) -> Iterable[str]:
    """Yield paths with queries that mean something to some version, and with invalid ones."""
    for number, query in enumerate(_list_queries(nodes, version)):
        # Which of the two lists makes no difference to the query, but to how it is answered.
        if number % 2 == 0:
            yield f'/os-hypervisors?{query}'
        if number % 2 or number == 0 or version in CHANGED_FORMAT_ONLY:
            yield f'/os-hypervisors/detail?{query}'
    for node in (*nodes, UNKNOWN_ID, '1', '2', '7', '99', 'abc', '-', '0', '00', '1-2', 'x%20y'):
        yield f'/os-hypervisors/{node}'
    for query in ('with_servers=true', 'with_servers=maybe', 'unknown=1'):
        yield f'/os-hypervisors/{nodes.first}?{query}'
    for node in (nodes.last_of_first_cell, nodes.unmapped, nodes.without_service):
        yield f'/os-hypervisors/{node}?with_servers=true'
    for pattern in ('u', 'bare', 'nowhere', '1', '%25', 'b_re', 'n%C3%A9w', nodes.first):
        yield f'/os-hypervisors/{pattern}/search'
        yield f'/os-hypervisors/{pattern}/servers'
    yield '/os-hypervisors/up/search?unknown=1'
    yield '/os-hypervisors/statistics'
    yield '/os-hypervisors/1/uptime'
    yield f'/os-hypervisors/{nodes.first}/uptime'
    yield '/os-hypervisors/'
    yield '/os-hypervisors.json'
    for project in ('b' * 32, support.PROJECT):
        yield f'/{project}/os-hypervisors?limit=2'
        yield f'/{project}/os-hypervisors/detail?limit=1'
        yield f'/{project}/os-hypervisors/{nodes.first}'
        yield f'/{project}/os-hypervisors/1/servers'
