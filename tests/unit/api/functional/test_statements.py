# SPDX-License-Identifier: Apache-2.0
"""How many statements a request needs, whatever the number of hosts and servers."""

from __future__ import annotations

import itertools
from typing import Any

import ddt

from nova_ext.hosts import maintenance
from tests.fixtures import nova_cloud, nova_databases
from tests.unit import base as unit_base
from tests.unit import support
from tests.unit.api.functional import base

FEW, MANY = 3, 15

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


def add_hypervisors(cloud: nova_cloud.NovaCloud, numbers: range) -> list[str]:
    """Add hypervisors to every cell, each with a server."""
    nodes = []
    for cell, number in itertools.product(list(cloud.cells)[1:], numbers):
        nodes.append(cloud.add_hypervisor(f'{cell}-{number}', cell=cell))
        cloud.add_server(f'{cell}-{number}', cell=cell)
    return nodes


def few_hypervisors_in_one_cell(cloud: nova_cloud.NovaCloud) -> str:
    """Return the UUID of the first hypervisor."""
    return add_hypervisors(cloud, range(FEW))[0]


def few_hypervisors_in_two_cells(cloud: nova_cloud.NovaCloud) -> str:
    """Return the UUID of the first hypervisor."""
    cloud.add_cell()
    return add_hypervisors(cloud, range(FEW))[0]


#: By the number of cells.
CONTENTS = {1: few_hypervisors_in_one_cell, 2: few_hypervisors_in_two_cells}


class StatementsTestCase(base.TestCase):
    def record(self, path: str, version: str | None, *, app: Any = None,
               context: Any = None) -> list[nova_databases.Statement]:
        """Return the statements of a request when the cells are known."""
        self.cloud.load_cells()
        with nova_databases.recorded_statements() as statements:
            self.get_json(path, version, app=app, context=context)
        return statements

    def count(self, path: str, version: str | None, *, app: Any = None) -> int:
        """Return the number of statements of a request."""
        return len(self.record(path, version, app=app))


@ddt.ddt
class TestStatementsForHypervisors(StatementsTestCase):
    @ddt.data(*itertools.product((1, 2), ('1.0', '1.1', '1.2')))
    @ddt.unpack
    def test_at_most_three_statements_in_each_cell_and_three_in_api_database(
            self, cells: int, nova_ext: str) -> None:
        first = self.cloud.fill(CONTENTS[cells])
        version = f'compute 2.90, nova-ext {nova_ext}'
        for path in HYPERVISORS:
            statements = self.record(path.format(first), version)
            for database in ('cell0', 'main'):
                self.assertEqual(0, self.count_in(statements, database))
            for database in ('api', *list(self.cloud.cells)[1:]):
                self.assertLessEqual(self.count_in(statements, database), 3)
            if nova_ext != '1.0' and not path.startswith('/os-hypervisors/{}'):
                joint = '&' if '?' in path else '?'
                filtered = f'{path.format(first)}{joint}state=up'
                self.assertLessEqual(self.count(filtered, version), len(statements))

    def count_in(self, statements: list[nova_databases.Statement], database: str) -> int:
        """Return how many of the statements a database executed."""
        return sum(statement.database == database for statement in statements)

    @ddt.data(1, 2)
    def test_number_does_not_depend_on_number_of_hypervisors_and_servers(
            self, cells: int) -> None:
        self.app = self.make_app(serve_stock_hypervisors=True)
        first = self.cloud.fill(CONTENTS[cells])
        versions = ('compute 2.90, nova-ext 1.0', 'compute 2.90, nova-ext 1.1',
                    'compute 2.90, nova-ext 1.2', 'compute 2.90')
        requests: list[tuple[str, str | None]] = [
            (path.format(first), version) for path in HYPERVISORS for version in versions]
        requests += [('/os-hypervisors/example/search', None),
                     ('/os-hypervisors/cell/servers', None)]
        for_few = {request: self.count(*request) for request in requests}
        in_nova = self.count('/os-hypervisors', 'compute 2.90', app=self.nova_app)
        add_hypervisors(self.cloud, range(FEW, MANY))
        self.assertEqual(for_few, {request: self.count(*request) for request in requests})
        # The count is real: Nova needs two more for each hypervisor.
        self.assertEqual(
            in_nova + 2 * cells * (MANY - FEW),
            self.count('/os-hypervisors', 'compute 2.90', app=self.nova_app))


@ddt.ddt
class TestStatementsForHostStatus(StatementsTestCase):
    @ddt.data(1, 2)
    def test_list_of_servers_costs_a_constant_number_of_statements(self, cells: int) -> None:
        self.cloud.fill(CONTENTS[cells])
        path = '/servers/detail?all_tenants=1&limit=500'
        requests = [
            (path, 'compute 2.1, nova-ext 1.0', cells),  # services
            (path, 'compute 2.1, nova-ext 1.1', cells + 1),  # and announcements
            (path, 'compute 2.1, nova-ext 1.2', cells + 1),  # and nothing for the reasons
            (f'{path}&host_status=UP', 'compute 2.1, nova-ext 1.1', 2 * cells + 1)]
        for added in (range(0), range(FEW, MANY)):
            add_hypervisors(self.cloud, added)
            in_nova = self.count(path, 'compute 2.1', app=self.nova_app)
            for requested, version, more in requests:
                self.assertEqual(in_nova + more, self.count(requested, version), requested)

    def test_single_server_costs_one_statement_and_one_for_announcements(self) -> None:
        self.cloud.add_host('host')
        path = f'/servers/{self.cloud.add_server("host")}'
        in_nova = self.count(path, 'compute 2.1', app=self.nova_app)
        self.assertEqual(in_nova + 1, self.count(path, 'compute 2.1, nova-ext 1.0'))
        for version in ('1.1', '1.2'):
            self.assertEqual(
                in_nova + 2, self.count(path, f'compute 2.1, nova-ext {version}'))

    @ddt.data(*itertools.product(('2.1', '2.90'), ('1.0', '1.1', '1.2')))
    @ddt.unpack
    def test_unauthorized_caller_costs_nothing(self, compute: str, nova_ext: str) -> None:
        self.cloud.add_host('host')
        self.cloud.announce('true', 'host')
        server = self.cloud.add_server('host')
        compared = set()
        for path in ('/servers', '/servers/detail', f'/servers/{server}'):
            in_nova = self.record(
                path, f'compute {compute}', app=self.nova_app, context=support.context())
            statements = self.record(
                path, f'compute {compute}, nova-ext {nova_ext}', context=support.context())
            for statement in statements:
                self.assertFalse(statement.reads('services'), statement)
                self.assertNotIn(maintenance.KEY, statement.parameters)
            self.assertEqual(len(in_nova), len(statements))
            # Where Nova joins the services, though it may not show them, nova-ext omits them.
            if not any(statement.reads('services') for statement in in_nova):
                self.assertEqual(sorted(in_nova, key=str), sorted(statements, key=str))
                compared.add(path)
        self.assertEqual(compute == '2.1', '/servers/detail' in compared)


@ddt.ddt
class TestStatement(unit_base.TestCase):
    @ddt.data(
        ('SELECT 1 FROM services', True), ('SELECT 1 FROM x LEFT JOIN services ON 1', True),
        ('SELECT 1 \nFROM services \nWHERE 1', True),
        ('SELECT 1 FROM services AS services_1', True),
        ('SELECT services FROM service', False))
    @ddt.unpack
    def test_read_of_a_table_is_recognized(self, text: str, expected: bool) -> None:
        self.assertEqual(
            expected, nova_databases.Statement('cell1', text, ()).reads('services'))
