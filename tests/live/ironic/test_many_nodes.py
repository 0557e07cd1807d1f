# SPDX-License-Identifier: Apache-2.0
"""300 nodes behind one nova-compute: lists without duplicates, at a constant cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client import bare_metal
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.populate import ironic
from tests.live import nova_api

pytestmark = [pytest.mark.ironic_cloud, pytest.mark.slow]

NODES = 300

#: Seconds that nova-compute has to notice all of them: it makes some requests for each.
_TIMEOUT = 1500

#: At most 3 for each cell and 3 more, as without ironic; one cell has hosts.
LIMIT = 6


@pytest.fixture(scope='module')
def nodes(api: Api, proxy: Any, server: Guest, ironic_host: ComputeHost) -> Iterator[set[str]]:
    """The UUIDs of all nodes, which nova-compute has made hypervisors of."""
    present = [node.id for node in proxy.nodes()]
    added = [bare_metal.add_available(proxy, ironic.RESOURCE_CLASS)
             for _ in range(NODES - len(present))]
    everything = {*present, *added}
    try:
        wait_for('every node is a hypervisor', lambda: everything <= {
            one['hypervisor_hostname'] for one in api.get('/os-hypervisors')['hypervisors']},
            timeout=_TIMEOUT, interval=10)
        yield everything
    finally:
        for node in added:
            proxy.delete_node(node)
        wait_for('hypervisors are gone with their nodes', lambda: not set(added) & {
            one['hypervisor_hostname'] for one in api.get('/os-hypervisors')['hypervisors']},
            timeout=_TIMEOUT, interval=10)


@pytest.mark.parametrize('path', [
    '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/detail?with_servers=true'])
def test_each_node_is_listed_once_at_a_constant_cost(
        api: Api, server: Guest, ironic_host: ComputeHost, nodes: set[str], path: str) -> None:
    listed = api.get(path, nova_ext='1.1')['hypervisors']
    of_ironic = [one for one in listed if one['service']['host'] == ironic_host.name]
    assert sorted(one['hypervisor_hostname'] for one in of_ironic) == sorted(nodes)
    assert {(one['state'], one['status']) for one in of_ironic} == {('up', 'enabled')}
    if 'with_servers' in path:
        found = [(one['hypervisor_hostname'], other['uuid'])
                 for one in of_ironic for other in one.get('servers') or ()]
        assert found.count((_node(server), server.id)) == 1
        assert [uuid for _, uuid in found].count(server.id) == 1
    join = '&' if '?' in path else '?'
    few, every = (
        nova_api.select_statements(lambda query=query: api.get(  # type: ignore[misc]
            path + query, nova_ext='1.1')) for query in (f'{join}limit=10', ''))
    assert len(few) == len(every) <= LIMIT, '\n'.join(every)


def test_pages_have_each_node_once(api: Api, nodes: set[str]) -> None:
    names: list[str] = []
    marker = ''
    while True:
        page = api.get(f'/os-hypervisors?limit=70{marker}', nova_ext='1.1')['hypervisors']
        if not page:
            break
        names += [one['hypervisor_hostname'] for one in page]
        marker = f'&marker={page[-1]["id"]}'
    assert len(set(names)) == len(names) and nodes <= set(names)


def test_host_status_costs_as_much_as_with_one_node(
        api: Api, server: Guest, nodes: set[str]) -> None:
    listed = api.get('/servers/detail?all_tenants=1', nova_ext='1.1')['servers']
    [shown] = [one for one in listed if one['id'] == server.id]
    assert shown['host_status'] == 'UP'
    with_it, without = (nova_api.select_statements(lambda version=version: api.get(  # type: ignore[misc]
        '/servers/detail?all_tenants=1', compute='2.15', nova_ext=version))
        for version in ('1.1', None))
    assert len(with_it) - len(without) == 2, '\n'.join(with_it)


def test_diagnostics_are_answered_beside_many_nodes(
        api: Api, server: Guest, nodes: set[str]) -> None:
    known = api.diagnostics(server.id)
    assert (known['state'], known['num_cpus']) == ('running', 16)


def _node(server: Guest) -> str:
    return str(server.show()['OS-EXT-SRV-ATTR:hypervisor_hostname'])
