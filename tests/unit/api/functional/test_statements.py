# SPDX-License-Identifier: Apache-2.0
"""How many statements a request needs, whatever the number of hosts and servers."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from nova import context as nova_context
from nova.compute import api as compute_api

from nova_ext import maintenance
from tests.unit import support
from tests.unit.api.functional.cloud import Cloud, Statement, ask, statements
from tests.unit.api.functional.conftest import Ours

FEW, MANY = 3, 30

#: Requests for hypervisors; ``{}`` is the UUID of the first.
HYPERVISORS = [
    '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors?with_servers=true',
    '/os-hypervisors/detail?with_servers=true', '/os-hypervisors?limit=2',
    '/os-hypervisors/detail?limit=1000&marker={}',
    '/os-hypervisors/detail?with_servers=true&limit=1000&marker={}',
    '/os-hypervisors?with_servers=true&limit=1000&marker=1',
    '/os-hypervisors/detail?hypervisor_hostname_pattern=example&with_servers=true',
    '/os-hypervisors/{}', '/os-hypervisors/{}?with_servers=true',
]


def fill(cloud: Cloud, number: int) -> str:
    """Have that many hypervisors in every cell, each with a server; return the first's UUID."""
    first = None
    for cell in list(cloud.cells)[1:]:
        for place in range(number):
            node = cloud.add_hypervisor(f'{cell}-{place}', cell=cell)
            first = first or node
            cloud.add_server(f'{cell}-{place}', cell=cell)
    assert first
    return first


def made_for(
        application: Any, path: str, version: Optional[str], context: Any = None,
        ) -> list[Statement]:
    """The statements of a request, when the cells are known."""
    nova_context.load_cells()
    compute_api.load_cells()
    with statements() as seen:
        answer = ask(application, path, version, context=context)
    assert answer.status_int == 200, answer.text
    return seen


def in_cell(seen: list[Statement], cell: str) -> int:
    """How many of the statements a cell got."""
    return sum(statement.database == cell for statement in seen)


@pytest.mark.parametrize('cells', [1, 2])
@pytest.mark.parametrize('version', ['compute 2.90, nova-ext 1.0', 'compute 2.90, nova-ext 1.1'])
def test_hypervisors_need_at_most_three_statements_a_cell_and_three_more(
        cloud: Cloud, app: Any, cells: int, version: str) -> None:
    while len(cloud.cells) <= cells:
        cloud.add_cell()
    first = fill(cloud, FEW)
    for path in HYPERVISORS:
        seen = made_for(app, path.format(first), version)
        assert in_cell(seen, 'cell0') == in_cell(seen, 'main') == 0
        assert in_cell(seen, 'api') <= 3
        for cell in list(cloud.cells)[1:]:
            assert in_cell(seen, cell) <= 3
        if version.endswith('1.1') and not path.startswith('/os-hypervisors/{}'):
            joint = '&' if '?' in path else '?'
            filtered = made_for(app, path.format(first) + f'{joint}state=up', version)
            assert len(filtered) <= len(seen)


@pytest.mark.parametrize('cells', [1, 2])
def test_their_number_does_not_depend_on_the_number_of_hypervisors_and_servers(
        cloud: Cloud, ours: Ours, nova_app: Any, cells: int) -> None:
    app = ours(serve_stock_hypervisors=True)
    while len(cloud.cells) <= cells:
        cloud.add_cell()
    first = fill(cloud, FEW)
    versions = ('compute 2.90, nova-ext 1.0', 'compute 2.90, nova-ext 1.1', 'compute 2.90')
    requests: list[tuple[str, Optional[str]]] = [
        (path.format(first), version) for path in HYPERVISORS for version in versions]
    requests += [('/os-hypervisors/example/search', None), ('/os-hypervisors/cell/servers', None)]

    few = {request: len(made_for(app, *request)) for request in requests}
    of_nova = len(made_for(nova_app, '/os-hypervisors', 'compute 2.90'))
    for cell in list(cloud.cells)[1:]:
        for number in range(FEW, MANY):
            cloud.add_hypervisor(f'{cell}-{number}', cell=cell)
            if number % 3 == 0:
                cloud.add_server(f'{cell}-{number}', cell=cell)
    assert {request: len(made_for(app, *request)) for request in requests} == few
    # What is counted is real: Nova needs two more for each hypervisor.
    assert len(made_for(nova_app, '/os-hypervisors', 'compute 2.90')) == (
        of_nova + 2 * cells * (MANY - FEW))


def beyond(ours: list[Statement], of_nova: list[Statement]) -> int:
    return len(ours) - len(of_nova)


@pytest.mark.parametrize('cells', [1, 2])
def test_host_status_costs_servers_a_constant_number_of_statements(
        cloud: Cloud, app: Any, nova_app: Any, cells: int) -> None:
    while len(cloud.cells) <= cells:
        cloud.add_cell()
    path = '/servers/detail?all_tenants=1&limit=500'
    requests = [
        (path, 'compute 2.1, nova-ext 1.0', cells),  # services
        (path, 'compute 2.1, nova-ext 1.1', cells + 1),  # and announcements
        (f'{path}&host_status=UP', 'compute 2.1, nova-ext 1.1', 2 * cells + 1),
    ]
    for added in (FEW, MANY - FEW):
        for cell in list(cloud.cells)[1:]:
            for number in range(added):
                host = f'{cell}-{added}-{number}'
                cloud.add_host(host, cell=cell)
                cloud.add_server(host, cell=cell)
        of_nova = made_for(nova_app, path, 'compute 2.1')
        for asked, version, more in requests:
            seen = made_for(app, asked, version)
            assert (asked, version, beyond(seen, of_nova)) == (asked, version, more)


def test_one_servers_host_status_costs_one_statement_and_one_for_announcements(
        cloud: Cloud, app: Any, nova_app: Any) -> None:
    cloud.add_host('host')
    path = f'/servers/{cloud.add_server("host")}'
    of_nova = made_for(nova_app, path, 'compute 2.1')
    assert beyond(made_for(app, path, 'compute 2.1, nova-ext 1.0'), of_nova) == 1
    assert beyond(made_for(app, path, 'compute 2.1, nova-ext 1.1'), of_nova) == 2


@pytest.mark.parametrize('compute', ['2.1', '2.90'])
@pytest.mark.parametrize('version', ['1.0', '1.1'])
def test_a_caller_without_the_right_costs_nothing(
        cloud: Cloud, app: Any, nova_app: Any, compute: str, version: str) -> None:
    cloud.add_host('host')
    cloud.announce('true', 'host')
    server = cloud.add_server('host')
    compared = set()
    for path in ('/servers', '/servers/detail', f'/servers/{server}'):
        of_nova = made_for(nova_app, path, f'compute {compute}', support.context())
        seen = made_for(
            app, path, f'compute {compute}, nova-ext {version}', support.context())
        assert not any(statement.reads('services') for statement in seen)
        assert not any(maintenance.KEY in statement.parameters for statement in seen)
        assert len(seen) == len(of_nova)
        # Where Nova joins the services, though it may not show them, nova-ext has it not do so.
        if not any(statement.reads('services') for statement in of_nova):
            assert sorted(seen, key=str) == sorted(of_nova, key=str)
            compared.add(path)
    assert ('/servers/detail' in compared) == (compute == '2.1')


def test_the_filter_has_nova_read_the_matching_servers_only(
        cloud: Cloud, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from nova.db.main import api as main_db

    cloud.add_host('down', forced_down=True)
    lost = {cloud.add_server('down') for _ in range(2)}
    for number in range(10):
        cloud.add_host(f'up-{number}')
        cloud.add_server(f'up-{number}')
    read: list[str] = []
    get = main_db.instance_get_all_by_filters_sort

    def note(*args: Any, **options: Any) -> Any:
        found = get(*args, **options)
        read.extend(instance['uuid'] for instance in found)
        return found

    monkeypatch.setattr(main_db, 'instance_get_all_by_filters_sort', note)
    seen = made_for(app, '/servers/detail?all_tenants=1&host_status=DOWN',
                    'compute 2.90, nova-ext 1.1')
    assert set(read) == lost
    assert not any('up-' in str(statement.parameters) for statement in seen)


def test_it_is_told_when_a_table_is_read() -> None:
    for text in ('SELECT 1 FROM services', 'SELECT 1 FROM x LEFT JOIN services ON 1',
                 'SELECT 1 \nFROM services \nWHERE 1', 'SELECT 1 FROM services AS services_1'):
        assert Statement('cell1', text, ()).reads('services')
    assert not Statement('cell1', 'SELECT services FROM service', ()).reads('services')
