# SPDX-License-Identifier: Apache-2.0
"""With ``serve_stock_hypervisors`` nothing is different but the statements."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple, Optional

import pytest
from nova import exception as nova_exception
from nova.compute import api as compute_api
from nova.db.main import models

from tests.unit import support
from tests.unit.api.functional.cloud import Cloud, ask, statements
from tests.unit.api.functional.conftest import Ours

#: Every compute microversion that changed what /os-hypervisors takes or says, and the newest.
VERSIONS = ['2.1', '2.28', '2.33', '2.53', '2.75', '2.87', '2.88', 'latest']

#: Those that changed only what is said; the others are asked every request there is.
CHANGED_FORMAT_ONLY = ['2.28', '2.75', '2.87', '2.88']

UNKNOWN_ID = 'ffffffff-ffff-4fff-8fff-ffffffffffff'


class Nodes(NamedTuple):
    """The UUIDs of some hypervisors."""

    first: str
    last_of_first_cell: str
    in_second_cell: str
    unmapped: str
    without_service: str
    deleted: str


@pytest.fixture
def nodes(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Nodes:
    """Two cells with hypervisors in every state."""
    def no_uptime(self: Any, context: Any, host_name: str) -> str:
        raise nova_exception.ComputeServiceUnavailable(host=host_name)

    monkeypatch.setattr(compute_api.HostAPI, 'get_host_uptime', no_uptime)
    second = cloud.add_cell()
    first = cloud.add_hypervisor('up')
    cloud.add_hypervisor('disabled', disabled=True, disabled_reason='n\xe9w disk')
    cloud.add_hypervisor('forced', forced_down=True)
    cloud.add_hypervisor('silent', silent=True)
    cloud.add_hypervisor('never-reported', last_seen_up=None)
    cloud.map_host('no-service', 'cell1')
    without_service = cloud.add_node('no-service')
    unmapped = cloud.add_hypervisor('unmapped', mapped=False)
    cloud.add_node('nothing')
    cloud.add_host('retired', deleted=7)
    cloud.add_node('retired')
    cloud.add_host('scheduler-too')
    cloud.insert('cell1', models.Service, host='scheduler-too', binary='nova-scheduler',
                 topic='scheduler', report_count=1, disabled=True, version=68)
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


#: Query parameters that mean something to some version, and what no version wants.
QUERIES = [
    'limit=2', 'limit=0', 'limit=-1', 'limit=x', 'limit=1&limit=2', 'limit=3&marker=4',
    'marker=3', 'marker=003', 'marker=99', 'marker=', 'marker=x', f'marker={UNKNOWN_ID}',
    'hypervisor_hostname_pattern=bare', 'hypervisor_hostname_pattern=nowhere',
    'hypervisor_hostname_pattern=', 'hypervisor_hostname_pattern=%25',
    'hypervisor_hostname_pattern=b_re', 'hypervisor_hostname_pattern=up&limit=1',
    'hypervisor_hostname_pattern=up&marker=1', 'with_servers=1', 'with_servers=false',
    'with_servers=maybe', 'with_servers=true&limit=2',
    'with_servers=true&hypervisor_hostname_pattern=e', 'unknown=1', 'state=down', '%ff=1',
    'limit=%ff']


def lists(nodes: Nodes, version: str) -> Iterable[str]:
    """Queries for lists; those that cost Nova most only where they mean something."""
    yield ''
    if version in ('2.1', '2.28'):  # every parameter is overlooked
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


def requests(nodes: Nodes, version: str) -> Iterable[str]:
    """Paths with queries that mean something to some version, and such that mean nothing."""
    for number, query in enumerate(lists(nodes, version)):
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


def told(application: Any, path: str, version: Optional[str], context: Any = None) -> Any:
    answer = ask(application, path, version and f'compute {version}', context=context)
    return answer.status, answer.headerlist, answer.body


@pytest.mark.parametrize('version', VERSIONS)
def test_every_answer_is_novas_byte_for_byte(
        nodes: Nodes, nova_app: Any, ours: Ours, version: str) -> None:
    app = ours(serve_stock_hypervisors=True)
    different, statuses = [], set()
    for path in requests(nodes, version):
        wanted, found = told(nova_app, path, version), told(app, path, version)
        statuses.add(wanted[0])
        if wanted != found:
            different.append((path, wanted, found))
    assert different == []
    assert {'200 OK', '404 Not Found'} < statuses


def test_a_caller_without_the_right_is_refused_as_by_nova_and_nothing_is_read(
        cloud: Cloud, nova_app: Any, ours: Ours) -> None:
    app = ours(serve_stock_hypervisors=True)
    cloud.add_hypervisor('up')
    for version in (None, '2.53', 'latest', '2.9999', '1.0', 'nonsense'):
        for path in ('/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/1',
                     '/os-hypervisors/1/search', '/os-hypervisors/1/servers'):
            with statements() as seen:
                found = told(app, path, version, support.context())
            assert seen == []
            assert found == told(nova_app, path, version, support.context())
            assert found[0] != '200 OK'


@pytest.mark.parametrize(('old', 'new'), [('cell1', 'cell2'), ('cell2', 'cell1')])
def test_what_a_host_left_behind_in_another_cell_changes_nothing(
        cloud: Cloud, nova_app: Any, ours: Ours, old: str, new: str) -> None:
    app = ours(serve_stock_hypervisors=True)
    cloud.add_cell()
    cloud.add_node('moved', cell=old)
    cloud.add_hypervisor('moved', cell=new)
    cloud.add_server('moved', cell=old)
    cloud.add_server('moved', cell=new)
    for path in ('/os-hypervisors', '/os-hypervisors/detail?with_servers=true'):
        wanted = told(nova_app, path, '2.90')
        assert told(app, path, '2.90') == wanted
        assert wanted[2].count(b'"state": "up"') == 2


def test_by_default_nova_answers_itself(nodes: Nodes, nova_app: Any, app: Any) -> None:
    with statements() as of_nova:
        told(nova_app, '/os-hypervisors', '2.53')
    with statements() as through_the_filter:
        told(app, '/os-hypervisors', '2.53')
    assert through_the_filter == of_nova[len(of_nova) - len(through_the_filter):]
    assert len(through_the_filter) > 20


def test_a_cell_that_fails_fails_the_answer_as_with_nova(
        cloud: Cloud, nodes: Nodes, nova_app: Any, ours: Ours) -> None:
    app = ours(serve_stock_hypervisors=True)
    told(nova_app, '/os-hypervisors', '2.53')  # Nova knows its cells
    cloud.break_cell('cell2')
    wanted, found = (
        told(application, '/os-hypervisors', '2.53') for application in (nova_app, app))
    assert wanted == found
    assert found[0] == '500 Internal Server Error'


def test_the_stored_uptime_is_shown_where_nova_would_ask_the_host(
        cloud: Cloud, ours: Ours, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(self: Any, context: Any, host_name: str) -> str:
        raise AssertionError(f'{host_name} was asked')

    monkeypatch.setattr(compute_api.HostAPI, 'get_host_uptime', asked)
    app = ours(serve_stock_hypervisors=True)
    cloud.add_hypervisor('stored')
    cloud.add_host('silent')
    cloud.add_node('silent', stats=None)
    answer = ask(app, '/os-hypervisors/detail', 'compute 2.88')
    assert [node['uptime'] for node in answer.json_body['hypervisors']] == [
        ' 12:00:00 up 1 day', None]
