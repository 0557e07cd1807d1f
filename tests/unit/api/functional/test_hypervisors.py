# SPDX-License-Identifier: Apache-2.0
"""``/os-hypervisors`` with a nova-ext version in the request."""

from __future__ import annotations

import datetime
import itertools
import time
from collections.abc import Callable
from typing import Any, Optional
from urllib import parse

import pytest
from nova.db.main import models

from tests.unit import support
from tests.unit.api.functional.cloud import Cloud, ask, statements
from tests.unit.api.functional.conftest import Ours

FIRST = 'compute 2.53, nova-ext 1.0'
SECOND = 'compute 2.53, nova-ext 1.1'


def names(answer: Any) -> list[str]:
    """The hosts of the hypervisors in a list."""
    assert answer.status_int == 200, answer.text
    return [node['hypervisor_hostname'].partition('.')[0]
            for node in answer.json_body['hypervisors']]


def by_name(answer: Any) -> dict[str, Any]:
    return dict(zip(names(answer), answer.json_body['hypervisors']))


def walk(application: Any, query: str) -> list[str]:
    """The hosts on all pages of a list, found by following its links."""
    found: list[str] = []
    path: Optional[str] = f'/os-hypervisors?{query}'
    for _ in range(50):
        assert path
        answer = ask(application, path, SECOND)
        found += names(answer)
        links = answer.json_body.get('hypervisors_links')
        if not links:
            return found
        link, = links
        assert link['rel'] == 'next'
        path = link['href'].removeprefix('http://localhost/v2.1')
        assert sorted(parse.parse_qsl(parse.urlsplit(path).query)) == sorted([
            *parse.parse_qsl(query), ('marker', answer.json_body['hypervisors'][-1]['id'])])
    raise AssertionError('There is no end to it.')


@pytest.fixture
def states(cloud: Cloud) -> None:
    """Hosts in every state, in two cells."""
    second = cloud.add_cell()
    cloud.add_hypervisor('up')
    cloud.add_hypervisor('disabled', disabled=True, disabled_reason='new disk')
    cloud.add_hypervisor('forced', forced_down=True)
    cloud.add_node('recordless')
    cloud.map_host('recordless', 'cell1')
    cloud.add_hypervisor('silent', silent=True, cell=second)
    cloud.add_hypervisor('both', silent=True, disabled=True, cell=second)
    cloud.add_hypervisor('unmapped', mapped=False, cell=second)
    cloud.add_node('lost', cell=second)
    cloud.add_node('gone', cell=second, deleted=1)


@pytest.mark.parametrize('compute', ['2.1', '2.28', '2.33', '2.53', '2.75', '2.88', 'latest'])
def test_the_first_version_says_what_nova_says_at_any_compute_version(
        states: None, app: Any, nova_app: Any, compute: str) -> None:
    for path in ('/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/1'):
        wanted = ask(nova_app, path, f'compute {compute}')
        found = ask(app, path, f'compute {compute}, nova-ext 1.0')
        assert found.status == wanted.status
        body = dict(found.json_body)
        if path != '/os-hypervisors/1':
            assert body.pop('down_cells') == []
        if path == '/os-hypervisors':
            assert {one['id']: one.pop('service') for one in body['hypervisors']} == {
                one['id']: one['service'] for one in ask(
                    nova_app, f'{path}/detail', f'compute {compute}').json_body['hypervisors']}
        assert body == wanted.json_body


def test_the_second_version_lists_and_marks_what_lacks_records(
        states: None, app: Any) -> None:
    assert names(ask(app, '/os-hypervisors', FIRST)) == [
        'up', 'disabled', 'forced', 'silent', 'both']
    shown = by_name(ask(app, '/os-hypervisors/detail', SECOND))
    assert list(shown) == [
        'up', 'disabled', 'forced', 'recordless', 'silent', 'both', 'unmapped', 'lost']
    assert {name: node['missing_records'] for name, node in shown.items()} == {
        'up': [], 'disabled': [], 'forced': [], 'silent': [], 'both': [],
        'recordless': ['service'], 'unmapped': ['host_mapping'],
        'lost': ['service', 'host_mapping']}


def test_state_and_status_are_the_service_apis_words(states: None, app: Any) -> None:
    for path in ('/os-hypervisors', '/os-hypervisors/detail'):
        shown = by_name(ask(app, path, SECOND))
        assert {name: (node['state'], node['status'], node['forced_down'])
                for name, node in shown.items()} == {
            'up': ('up', 'enabled', False), 'disabled': ('up', 'disabled', False),
            'forced': ('down', 'enabled', True), 'silent': ('down', 'enabled', False),
            'both': ('down', 'disabled', False), 'unmapped': ('up', 'enabled', False),
            'recordless': ('down', None, None), 'lost': ('down', None, None)}
    assert shown['disabled']['service']['disabled_reason'] == 'new disk'
    assert shown['recordless']['service'] == {
        'id': None, 'host': 'recordless', 'disabled_reason': None}


def test_one_hypervisor_is_shown_as_in_the_list(states: None, app: Any) -> None:
    for version in (FIRST, SECOND):
        for node in ask(app, '/os-hypervisors/detail', version).json_body['hypervisors']:
            answer = ask(app, f'/os-hypervisors/{node["id"]}', version)
            assert answer.json_body == {'hypervisor': node}


def test_one_that_lacks_records_is_found_from_the_second_version_on(
        states: None, app: Any) -> None:
    lost = by_name(ask(app, '/os-hypervisors', SECOND))['lost']['id']
    for query in ('', '?with_servers=true'):
        path = f'/os-hypervisors/{lost}{query}'
        refused = ask(app, path, FIRST)
        assert refused.status_int == 404
        assert refused.json_body['itemNotFound']['message'] == (
            f"Hypervisor with ID '{lost}' could not be found.")
        assert ask(app, path, SECOND).status_int == 200


def test_strict_validation_of_responses_does_not_fail_what_lacks_records(
        states: None, conf: Any, app: Any) -> None:
    if 'response_validation' not in conf.api:
        pytest.skip('This Nova does not validate its responses.')
    conf.set_override('response_validation', 'error', 'api')
    for compute in ('2.1', '2.53', 'latest'):
        path = '/os-hypervisors/detail'
        assert len(names(ask(app, path, f'compute {compute}, nova-ext 1.0'))) == 5
        shown = by_name(ask(app, path, f'compute {compute}, nova-ext 1.1'))
        assert len(shown) == 8
        assert shown['lost']['service'] == {'id': None, 'host': 'lost', 'disabled_reason': None}


def test_when_a_host_was_last_seen_is_told(cloud: Cloud, app: Any) -> None:
    cloud.add_hypervisor('seen', last_seen_up=datetime.datetime(2026, 11, 21, 9, 30, 5, 77))
    cloud.add_hypervisor('unseen', last_seen_up=None)
    shown = by_name(ask(app, '/os-hypervisors', SECOND))
    assert shown['seen']['last_seen_up'] == '2026-11-21T09:30:05Z'
    assert shown['unseen']['last_seen_up'] is None


def test_announced_maintenance_is_told(cloud: Cloud, app: Any) -> None:
    for host in ('dated', 'undated', 'over', 'spared'):
        cloud.add_hypervisor(host)
    cloud.announce('2099-12-01T02:00+01:00/2099-12-01T06:00:00Z', 'dated')
    cloud.announce('true', 'undated')
    cloud.announce('2020-01-01T00:00Z/2020-01-02T00:00Z', 'over')
    cloud.announce('true', 'spared', key='nova_ext:other')
    shown = by_name(ask(app, '/os-hypervisors', SECOND))
    assert {name: node['maintenance'] for name, node in shown.items()} == {
        'dated': {'start': '2099-12-01T01:00:00Z', 'end': '2099-12-01T06:00:00Z'},
        'undated': {'start': None, 'end': None}, 'over': None, 'spared': None}


@pytest.mark.parametrize(('query', 'expected'), [
    ('state=up', ['up', 'disabled', 'unmapped']),
    ('state=down', ['forced', 'recordless', 'silent', 'both', 'lost']),
    ('state=up&state=down', [
        'up', 'disabled', 'forced', 'recordless', 'silent', 'both', 'unmapped', 'lost']),
    ('status=disabled', ['disabled', 'both']),
    ('status=enabled', ['up', 'forced', 'silent', 'unmapped']),
    ('state=down&status=enabled', ['forced', 'silent']),
    ('state=up&hypervisor_hostname_pattern=d', ['disabled', 'unmapped']),
    ('st%61te=down&status=disabled', ['both']),
    ('state=down&with_servers=true', ['forced', 'recordless', 'silent', 'both', 'lost']),
])
def test_lists_are_filtered_by_state_and_status(
        states: None, app: Any, query: str, expected: list[str]) -> None:
    for path in ('/os-hypervisors', '/os-hypervisors/detail'):
        assert names(ask(app, f'{path}?{query}', SECOND)) == expected


@pytest.mark.parametrize(('query', 'version', 'message'), [
    ('state=up', FIRST, "The query parameter 'state' needs nova-ext 1.1"),
    ('status=enabled', FIRST, "The query parameter 'status' needs nova-ext 1.1"),
    ('state=UP', SECOND, 'Invalid query parameter state'),
    ('status=', SECOND, 'Invalid query parameter status'),
    ('state=up&limit=x', SECOND, 'limit'),
    ('state=up&unknown=1', SECOND, 'Additional properties are not allowed'),
    ('state=up&marker=nowhere', SECOND, 'marker [nowhere] not found'),
])
def test_a_query_that_means_nothing_is_a_bad_request(
        states: None, app: Any, query: str, version: str, message: str) -> None:
    answer = ask(app, f'/os-hypervisors?{query}', version)
    assert answer.status_int == 400
    assert message in answer.json_body['badRequest']['message']


def test_servers_are_named_as_by_nova(states: None, cloud: Cloud, app: Any, nova_app: Any
                                      ) -> None:
    for host in ('up', 'up', 'forced', 'unmapped'):
        cloud.add_server(host)
    cloud.add_server('silent', cell='cell2')
    cloud.delete_server(cloud.add_server('up'))
    path = '/os-hypervisors?with_servers=true'
    of_nova = {name: node.get('servers')
               for name, node in by_name(ask(nova_app, path, 'compute 2.53')).items()}
    found = {name: node.get('servers') for name, node in by_name(ask(app, path, SECOND)).items()}
    assert {name: found[name] for name in of_nova} == of_nova
    assert [len(of_nova[name] or ()) for name in ('up', 'forced', 'silent')] == [2, 1, 1]


@pytest.mark.parametrize('query', ['', '&state=down', '&status=enabled&state=up&state=down'])
def test_paging_visits_each_hypervisor_once_in_novas_order(
        states: None, app: Any, query: str) -> None:
    in_one = names(ask(app, f'/os-hypervisors?limit=1000{query}', SECOND))
    assert len(in_one) >= 4
    for limit in (1, 2, 3, 4, 5, 7, 8, 9):
        assert walk(app, f'limit={limit}{query}') == in_one


def test_the_order_over_pages_is_novas_with_several_nodes_on_a_host(
        cloud: Cloud, app: Any, nova_app: Any) -> None:
    second = cloud.add_cell()
    for cell in ('cell1', second):
        cloud.add_host(f'bare-{cell}', cell=cell)
        for number in range(4):
            cloud.add_node(f'bare-{cell}', cell=cell, hypervisor_hostname=f'{cell}-{number}')
    in_one = names(ask(nova_app, '/os-hypervisors', 'compute 2.53'))
    assert walk(app, 'limit=3') == in_one
    assert len(set(in_one)) == 8


def test_a_caller_without_the_right_is_refused_before_anything_is_read(
        states: None, app: Any) -> None:
    for path in ('/os-hypervisors', '/os-hypervisors/detail?state=up', '/os-hypervisors/1'):
        with statements() as seen:
            answer = ask(app, path, SECOND, context=support.context())
        assert answer.status_int == 403
        assert seen == []


class TestACellThatIsDown:
    @pytest.fixture
    def nodes(self, cloud: Cloud) -> dict[str, str]:
        """A hypervisor in each of two cells."""
        cloud.add_cell()
        return {cell: cloud.add_hypervisor(f'in-{cell}', cell=cell)
                for cell in ('cell1', 'cell2')}

    @pytest.fixture(params=['it fails', 'it hangs'])
    def app(self, request: pytest.FixtureRequest, cloud: Cloud, nodes: dict[str, str],
            ours: Ours) -> Any:
        """The filter, when the first cell does not answer."""
        made = ours(cell_timeout=1)
        ask(made, '/os-hypervisors', FIRST)
        if request.param == 'it fails':
            cloud.break_cell('cell1')
            yield made
        else:
            with cloud.hanging('cell1'):
                yield made

    def test_the_other_cells_are_listed_and_it_is_named(self, cloud: Cloud, app: Any) -> None:
        for path, version in itertools.product([
                '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors?limit=1',
                '/os-hypervisors?hypervisor_hostname_pattern=in',
                '/os-hypervisors/detail?with_servers=true', '/os-hypervisors?state=up',
                '/os-hypervisors/detail?status=enabled'], [FIRST, SECOND]):
            if version == FIRST and 'stat' in path:
                continue
            answer = ask(app, path, version)
            assert names(answer) == ['in-cell2']
            assert answer.json_body['down_cells'] == [
                {'uuid': cloud.cells['cell1'].uuid, 'name': 'cell1'}]

    def test_what_may_be_in_it_is_not_said_to_be_nowhere(
            self, app: Any, nodes: dict[str, str]) -> None:
        for path in ('/os-hypervisors/{}', '/os-hypervisors?marker={}',
                     '/os-hypervisors/detail?marker={}', '/os-hypervisors?state=up&marker={}',
                     '/os-hypervisors?hypervisor_hostname_pattern=in-cell1'):
            answer = ask(app, path.format(nodes['cell1']), SECOND)
            assert answer.status_int == 503
            assert answer.json_body['serviceUnavailable']['message'].endswith(
                'It may be in a cell that does not answer now: cell1.')

    def test_what_is_in_another_is_found(self, app: Any, nodes: dict[str, str]) -> None:
        for path in ('/os-hypervisors/{}', '/os-hypervisors?marker={}'):
            assert ask(app, path.format(nodes['cell2']), SECOND).status_int == 200


def timed(ask_for: Callable[[], Any]) -> tuple[float, Any]:
    began = time.monotonic()
    answer = ask_for()
    return time.monotonic() - began, answer


def test_a_cell_that_hangs_is_waited_for_once_and_asked_again_when_it_answers(
        cloud: Cloud, ours: Ours) -> None:
    second = cloud.add_cell()
    cloud.add_hypervisor('first')
    cloud.add_hypervisor('second', cell=second)
    app = ours(cell_timeout=1.5)
    assert names(ask(app, '/os-hypervisors', SECOND)) == ['first', 'second']
    with cloud.hanging('cell1'):
        took, answer = timed(lambda: ask(app, '/os-hypervisors', SECOND))
        assert names(answer) == ['second']
        assert took >= 1.5
        took, answer = timed(lambda: ask(app, '/os-hypervisors', SECOND))
        assert names(answer) == ['second']
        assert took < 1.5
    assert support.eventually(
        lambda: names(ask(app, '/os-hypervisors', SECOND)) == ['first', 'second'])


def test_a_change_shows_in_the_next_answer(cloud: Cloud, app: Any) -> None:
    cloud.add_hypervisor('host')

    def seen() -> tuple[str, str]:
        node, = ask(app, '/os-hypervisors', FIRST).json_body['hypervisors']
        return node['state'], node['status']

    assert seen() == ('up', 'enabled')
    cloud.update_host('host', disabled=True)
    assert seen() == ('up', 'disabled')
    cloud.update_host('host', forced_down=True)
    assert seen() == ('down', 'disabled')


def test_the_service_of_another_binary_or_a_deleted_one_counts_for_nothing(
        cloud: Cloud, app: Any) -> None:
    cloud.add_node('host')
    cloud.map_host('host', 'cell1')
    cloud.insert('cell1', models.Service, host='host', binary='nova-scheduler',
                 topic='scheduler', report_count=1, disabled=False, version=68)
    cloud.add_host('host', deleted=3, mapped=False)
    shown = by_name(ask(app, '/os-hypervisors', SECOND))
    assert shown['host']['missing_records'] == ['service']
