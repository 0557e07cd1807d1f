# SPDX-License-Identifier: Apache-2.0
"""What a request costs in SQL statements, by MariaDB's own log of them."""

from __future__ import annotations

import re

import pytest

from sandbox.client.api import Api
from tests.live import nova_api
from tests.live.seeing import Subject

#: "At most 3 per cell plus 3"; the sandbox has one cell with compute hosts.
HYPERVISORS_BOUND = 3 + 3

LISTS = [
    '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/detail?with_servers=true',
    '/os-hypervisors?with_servers=true',
]
FILTERED = ['/os-hypervisors?state=down', '/os-hypervisors/detail?status=disabled']


def _statements(api: Api, path: str, **options: str | None) -> list[str]:
    return nova_api.statements(lambda: api.get(path, **options))


def _reading(table: str, statements: list[str]) -> list[str]:
    return [text for text in statements if re.search(rf'\bFROM {table}\b|JOIN {table}\b', text)]


@pytest.mark.usefixtures('filled')
@pytest.mark.parametrize('path', LISTS)
@pytest.mark.parametrize('nova_ext', ['1.0', '1.1'])
def test_hypervisors_cost_the_same_however_many(api: Api, path: str, nova_ext: str) -> None:
    join = '&' if '?' in path else '?'
    few, more, all_of_them = (
        _statements(api, path + query, nova_ext=nova_ext)
        for query in (f'{join}limit=10', f'{join}limit=100', ''))
    assert len(few) == len(more) == len(all_of_them), '\n'.join(all_of_them)
    assert 1 <= len(all_of_them) <= HYPERVISORS_BOUND


@pytest.mark.usefixtures('filled')
@pytest.mark.parametrize('path', FILTERED)
def test_filters_of_hypervisors_cost_no_more(api: Api, path: str) -> None:
    assert 1 <= len(_statements(api, path, nova_ext='1.1')) <= HYPERVISORS_BOUND


@pytest.mark.usefixtures('filled')
@pytest.mark.parametrize('nova_ext', ['1.0', '1.1'])
def test_the_status_of_servers_hosts_costs_the_same_however_many(
        api: Api, nova_ext: str) -> None:
    """Over what the same list costs without it: the services, the announcements."""
    few, more, without = (
        _statements(api, f'/servers/detail?all_tenants=1&limit={limit}', compute='2.15',
                    nova_ext=asked)
        for limit, asked in ((10, nova_ext), (100, nova_ext), (100, None)))
    assert len(few) == len(more), '\n'.join(more)
    assert len(more) - len(without) == (2 if nova_ext == '1.1' else 1), '\n'.join(more)
    assert len(_reading('services', more)) == 1


@pytest.mark.usefixtures('filled')
def test_filtering_by_status_costs_the_same_however_many(api: Api) -> None:
    few, more = (
        _statements(api, f'/servers/detail?all_tenants=1&host_status=UP&host_status=UNKNOWN'
                         f'&limit={limit}', nova_ext='1.1')
        for limit in (10, 100))
    assert len(few) == len(more), '\n'.join(more)


def test_a_caller_without_the_right_costs_nothing(member: Api, subject: Subject) -> None:
    for path in (f'/servers/{subject.server}', '/servers/detail', '/servers'):
        plain = _statements(member, path)
        for nova_ext in ('1.0', '1.1'):
            ours = _statements(member, path, nova_ext=nova_ext)
            assert not _reading('services', ours), ours
            assert len(ours) <= len(plain)
    for path in ('/servers?host_status=DOWN', '/os-hypervisors', '/os-hypervisors?state=up'):
        refused = nova_api.statements(
            lambda asked=path: member.request('GET', asked, nova_ext='1.1'))  # type: ignore[misc]
        assert refused == []


@pytest.mark.usefixtures('filled')
def test_served_stock_requests_cost_the_same_however_many(api: Api) -> None:
    with nova_api.configured(nova_ext={'serve_stock_hypervisors': 'true'}):
        for path in LISTS:
            join = '&' if '?' in path else '?'
            few, more = (_statements(api, f'{path}{join}limit={limit}') for limit in (10, 100))
            assert len(few) == len(more) <= HYPERVISORS_BOUND, '\n'.join(more)
