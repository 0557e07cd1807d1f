# SPDX-License-Identifier: Apache-2.0
"""The number of SQL statements of a request, from MariaDB's general log."""

from __future__ import annotations

import functools
import re

import pytest

from sandbox.client.api import Api
from tests.live import nova_api
from tests.live.host_views import ObservedServer
from tests.selection import slow_except

#: At most 3 for each cell and 3 more; the sandbox has one cell with compute hosts.
HYPERVISORS_LIMIT = 3 + 3

LISTS = [
    '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/detail?with_servers=true',
    '/os-hypervisors?with_servers=true',
]
FILTERED = ['/os-hypervisors?state=down', '/os-hypervisors/detail?status=disabled']


def _statements(api: Api, path: str, **options: str | None) -> list[str]:
    return nova_api.select_statements(lambda: api.get(path, **options))


def _statements_on(table: str, statements: list[str]) -> list[str]:
    return [text for text in statements if re.search(rf'\bFROM {table}\b|JOIN {table}\b', text)]


@pytest.mark.usefixtures('filled_database')
@pytest.mark.parametrize(
    'path', slow_except(LISTS, quick=('/os-hypervisors/detail?with_servers=true',)))
@pytest.mark.parametrize('nova_ext', ['1.0', '1.1', '1.2'])
def test_hypervisors_statement_count_is_constant(api: Api, path: str, nova_ext: str) -> None:
    join = '&' if '?' in path else '?'
    few, more, unlimited = (
        _statements(api, path + query, nova_ext=nova_ext)
        for query in (f'{join}limit=10', f'{join}limit=100', ''))
    assert len(few) == len(more) == len(unlimited), '\n'.join(unlimited)
    assert 1 <= len(unlimited) <= HYPERVISORS_LIMIT


@pytest.mark.slow
@pytest.mark.usefixtures('filled_database')
@pytest.mark.parametrize('path', FILTERED)
def test_filtered_hypervisors_statement_count_is_bounded(api: Api, path: str) -> None:
    assert 1 <= len(_statements(api, path, nova_ext='1.1')) <= HYPERVISORS_LIMIT


@pytest.mark.usefixtures('filled_database')
def test_filters_by_place_add_at_most_one_statement_each(api: Api) -> None:
    without = len(_statements(api, '/os-hypervisors', nova_ext='1.2'))
    for query, more in (('host=stack1&host=stack2', 0), ('availability_zone=nova', 1)):
        assert len(_statements(api, f'/os-hypervisors?{query}', nova_ext='1.2')) <= without + more


@pytest.mark.usefixtures('filled_database')
@pytest.mark.parametrize('nova_ext', ['1.0', '1.1', '1.2'])
def test_host_status_adds_one_statement_and_host_maintenance_another(
        api: Api, nova_ext: str) -> None:
    """Compared with Nova's list of servers, and whatever its length."""
    few, more, without = (
        _statements(api, f'/servers/detail?all_tenants=1&limit={limit}', compute='2.15',
                    nova_ext=version)
        for limit, version in ((10, nova_ext), (100, nova_ext), (100, None)))
    assert len(few) == len(more), '\n'.join(more)
    assert len(more) - len(without) == (1 if nova_ext == '1.0' else 2), '\n'.join(more)
    assert len(_statements_on('services', more)) == 1


@pytest.mark.slow
@pytest.mark.usefixtures('filled_database')
def test_host_status_filter_statement_count_is_constant(api: Api) -> None:
    few, more = (
        _statements(api, f'/servers/detail?all_tenants=1&host_status=UP&host_status=UNKNOWN'
                         f'&limit={limit}', nova_ext='1.1')
        for limit in (10, 100))
    assert len(few) == len(more), '\n'.join(more)


@pytest.mark.slow
def test_caller_without_permission_adds_no_statements(
        member_api: Api, observed_server: ObservedServer) -> None:
    for path in (f'/servers/{observed_server.id}', '/servers/detail', '/servers'):
        without = _statements(member_api, path)
        for nova_ext in ('1.0', '1.1'):
            found = _statements(member_api, path, nova_ext=nova_ext)
            assert not _statements_on('services', found), found
            assert len(found) <= len(without)
    for path in ('/servers?host_status=DOWN', '/os-hypervisors', '/os-hypervisors?state=up'):
        assert nova_api.select_statements(functools.partial(
            member_api.request, 'GET', path, nova_ext='1.1')) == []


@pytest.mark.slow
@pytest.mark.usefixtures('filled_database')
def test_serve_stock_hypervisors_statement_count_is_constant(api: Api) -> None:
    with nova_api.options_overridden(nova_ext={'serve_stock_hypervisors': 'true'}):
        for path in LISTS:
            join = '&' if '?' in path else '?'
            few, more = (_statements(api, f'{path}{join}limit={limit}') for limit in (10, 100))
            assert len(few) == len(more) <= HYPERVISORS_LIMIT, '\n'.join(more)
