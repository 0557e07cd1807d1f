# SPDX-License-Identifier: Apache-2.0
"""``host_status`` of servers."""

from __future__ import annotations

import datetime
import itertools
import pathlib
from collections.abc import Callable
from typing import Any, Optional
from urllib import parse

import pytest
from nova import objects, policy
from nova.db.main import models
from oslo_policy import policy as oslo_policy

from tests.unit import support
from tests.unit.api.functional.cloud import LONG_AGO, Cloud, ask
from tests.unit.api.functional.conftest import Ours

FIRST = 'compute 2.1, nova-ext 1.0'
SECOND = 'compute 2.1, nova-ext 1.1'

#: As the API has it before microversion 2.69 and after.
COMPUTE = pytest.mark.parametrize('compute', ['2.1', '2.16', '2.69', 'latest'])

RULE = 'os_compute_api:servers:show:host_status'
UNKNOWN_ONLY = 'os_compute_api:servers:show:host_status:unknown-only'

Allow = Callable[..., Any]


@pytest.fixture
def allow(conf: Any, tmp_path: pathlib.Path, ours: Ours) -> Allow:
    """Makes the filter over a policy file with some rules."""
    def make(**rules: str) -> Any:
        oslo_policy.Enforcer(conf)  # registers the option
        path = tmp_path / 'policy.yaml'
        names = {'status': RULE, 'unknown_only': UNKNOWN_ONLY}
        path.write_text(''.join(f'"{names[name]}": "{rule}"\n' for name, rule in rules.items()))
        conf.set_override('policy_file', str(path), 'oslo_policy')
        policy.reset()
        return ours()

    return make


def shown(application: Any, server: str, version: str = SECOND, context: Any = None) -> Any:
    """One server, as it is shown and as it stands in the list, which is the same."""
    answer = ask(application, f'/servers/{server}', version, context=context)
    assert answer.status_int == 200, answer.text
    one = answer.json_body['server']
    listed = ask(application, '/servers/detail' + ('?all_tenants=1' if context is None else ''),
                 version, context=context)
    found, = (other for other in listed.json_body['servers'] if other['id'] == server)
    names = {'host_status', 'host_maintenance'}
    assert {name: found.get(name) for name in names} == {name: one.get(name) for name in names}
    assert found.keys() & names == one.keys() & names
    return one


def ids(answer: Any) -> list[str]:
    """The servers in a list."""
    assert answer.status_int == 200, answer.text
    return [server['id'] for server in answer.json_body['servers']]


def expected_status(
        forced_down: bool, disabled: bool, silent: bool, announced: bool) -> tuple[str, str]:
    """By the specification, in nova-ext 1.0 and 1.1."""
    if forced_down:
        return 'DOWN', 'DOWN'
    if disabled:
        return 'MAINTENANCE', 'MAINTENANCE'
    if silent:
        return 'UNKNOWN', 'UNKNOWN'
    return 'UP', 'NEEDS_MAINTENANCE' if announced else 'UP'


def test_every_combination_has_its_status(cloud: Cloud, app: Any, nova_app: Any) -> None:
    expected = {}
    for flags in itertools.product([False, True], repeat=4):
        forced_down, disabled, silent, announced = flags
        host = f'host-{"".join(str(int(flag)) for flag in flags)}'
        cloud.add_host(host, forced_down=forced_down, disabled=disabled, silent=silent)
        if announced:
            cloud.announce('true', host)
        expected[cloud.add_server(host)] = expected_status(*flags)
    for announced in (False, True):
        host = f'recordless-{announced}'
        cloud.map_host(host, 'cell1')
        if announced:
            cloud.announce('true', host)
        expected[cloud.add_server(host)] = 'UNKNOWN', 'UNKNOWN'

    for number, version in enumerate((FIRST, SECOND)):
        answer = ask(app, '/servers/detail?all_tenants=1', version)
        assert {server['id']: server['host_status'] for server in answer.json_body['servers']
                } == {server: statuses[number] for server, statuses in expected.items()}
        for server, statuses in expected.items():
            answer = ask(app, f'/servers/{server}', version)
            assert answer.json_body['server']['host_status'] == statuses[number]
    of_nova = ask(nova_app, '/servers/detail?all_tenants=1', 'compute 2.16').json_body['servers']
    hosts = {server: statuses[0] for server, statuses in expected.items()}
    # For a host without service record Nova says nothing.
    assert {server['id']: server['host_status'] or 'UNKNOWN' for server in of_nova} == hosts


@COMPUTE
def test_beside_the_status_everything_is_novas(
        cloud: Cloud, app: Any, nova_app: Any, compute: str) -> None:
    cloud.add_host('up')
    cloud.add_host('down', forced_down=True)
    server = cloud.add_server('up')
    cloud.add_server('down')
    cloud.add_server(None)
    for path in ('/servers', '/servers?limit=1', '/servers/detail?all_tenants=1',
                 '/servers/detail?all_tenants=1&limit=2&sort_key=display_name', '/servers/xyz',
                 '/servers/detail?limit=x', '/servers/detail?status=NONSENSE',
                 f'/servers/{server}', f'/servers/detail?marker={server}', '/servers?marker=x',
                 f'/{"b" * 32}/servers/detail?all_tenants=1'):
        wanted = ask(nova_app, path, f'compute {compute}')
        for version in ('1.0', '1.1'):
            found = ask(app, path, f'compute {compute}, nova-ext {version}')
            assert found.status == wanted.status
            body, of_nova = found.json_body, wanted.json_body
            for answer in (body, of_nova):
                for one in [*answer.get('servers', ()), answer.get('server', {})]:
                    one.pop('host_status', None)
                    one.pop('host_maintenance', None)
            assert body == of_nova


def test_a_server_on_no_host_has_an_empty_status(cloud: Cloud, app: Any) -> None:
    for host in (None, ''):
        server = shown(app, cloud.add_server(host))
        assert server['host_status'] == ''
        assert server['host_maintenance'] is None


def test_a_server_that_is_not_scheduled_yet_has_an_empty_status(
        cloud: Cloud, app: Any) -> None:
    cloud.add_request('11111111-1111-4111-8111-111111111111')
    server = shown(app, '11111111-1111-4111-8111-111111111111')
    assert server['status'] == 'BUILD'
    assert server['host_status'] == ''


def test_the_window_is_told_from_the_second_version_on(cloud: Cloud, app: Any) -> None:
    for host in ('dated', 'disabled', 'spared'):
        cloud.add_host(host, disabled=host == 'disabled')
    cloud.announce('2099-12-01T02:00Z/2099-12-01T06:00Z', 'dated', 'disabled')
    servers = {host: cloud.add_server(host) for host in ('dated', 'disabled', 'spared')}
    window = {'start': '2099-12-01T02:00:00Z', 'end': '2099-12-01T06:00:00Z'}
    assert shown(app, servers['dated'])['host_maintenance'] == window
    assert shown(app, servers['disabled'])['host_maintenance'] == window
    assert shown(app, servers['spared'])['host_maintenance'] is None
    for server in servers.values():
        assert 'host_maintenance' not in shown(app, server, FIRST)


def test_a_window_that_is_over_or_taken_back_counts_for_nothing(
        cloud: Cloud, app: Any) -> None:
    cloud.add_host('host')
    cloud.announce('2020-12-01T02:00Z/2020-12-01T06:00Z', 'host')
    cloud.announce('false', 'host')
    server = shown(app, cloud.add_server('host'))
    assert (server['host_status'], server['host_maintenance']) == ('UP', None)


def test_a_change_shows_in_the_next_answer(cloud: Cloud, app: Any) -> None:
    cloud.add_host('host')
    server = cloud.add_server('host')
    for values, expected in (
            ({}, 'UP'),
            ({'last_seen_up': datetime.datetime.now() - LONG_AGO}, 'UNKNOWN'),
            ({'disabled': True}, 'MAINTENANCE'), ({'forced_down': True}, 'DOWN'),
            ({'disabled': False}, 'DOWN'), ({'forced_down': False}, 'UNKNOWN')):
        if values:
            cloud.update_host('host', **values)
        assert shown(app, server)['host_status'] == expected


def test_strict_validation_of_responses_lets_every_status_pass(
        conf: Any, cloud: Cloud, app: Any) -> None:
    if 'response_validation' not in conf.api:
        pytest.skip('This Nova does not validate its responses.')
    conf.set_override('response_validation', 'error', 'api')
    cloud.add_host('host')
    cloud.announce('true', 'host')
    for compute in ('2.1', '2.16', '2.90'):
        server = shown(app, cloud.add_server('host'), f'compute {compute}, nova-ext 1.1')
        assert server['host_status'] == 'NEEDS_MAINTENANCE'


class TestPolicy:
    @pytest.fixture
    def servers(self, cloud: Cloud) -> dict[str, str]:
        """A server on a host that is up, and one on a silent one."""
        cloud.add_host('up')
        cloud.add_host('silent', silent=True)
        return {host: cloud.add_server(host) for host in ('up', 'silent')}

    @COMPUTE
    def test_a_member_sees_no_field(
            self, servers: dict[str, str], app: Any, compute: str) -> None:
        for server in servers.values():
            one = shown(app, server, f'compute {compute}, nova-ext 1.1', support.context())
            assert not one.keys() & {'host_status', 'host_maintenance'}

    @COMPUTE
    def test_an_override_in_novas_policy_file_counts(
            self, servers: dict[str, str], allow: Allow, compute: str) -> None:
        app = allow(status='role:reader')
        version = f'compute {compute}, nova-ext 1.1'
        assert {host: shown(app, server, version, support.context())['host_status']
                for host, server in servers.items()} == {'up': 'UP', 'silent': 'UNKNOWN'}
        assert ids(ask(app, '/servers?host_status=UP', version, context=support.context())) == [
            servers['up']]

    @COMPUTE
    def test_who_may_see_unknown_only_sees_nothing_else(
            self, servers: dict[str, str], allow: Allow, compute: str) -> None:
        app = allow(unknown_only='role:reader')
        version = f'compute {compute}, nova-ext 1.1'
        up = shown(app, servers['up'], version, support.context())
        silent = shown(app, servers['silent'], version, support.context())
        assert 'host_status' not in up
        assert silent['host_status'] == 'UNKNOWN'
        assert 'host_maintenance' not in {*up, *silent}

    def test_who_may_see_unknown_only_may_filter_by_it_only(
            self, servers: dict[str, str], allow: Allow) -> None:
        app = allow(unknown_only='role:reader')
        for path in ('/servers', '/servers/detail'):
            answer = ask(app, f'{path}?host_status=UNKNOWN', SECOND, context=support.context())
            assert ids(answer) == [servers['silent']]
            for query in ('UP', 'NEEDS_MAINTENANCE', 'UNKNOWN&host_status=DOWN'):
                answer = ask(
                    app, f'{path}?host_status={query}', SECOND, context=support.context())
                assert answer.status_int == 403
                assert RULE in answer.json_body['forbidden']['message']

    def test_a_member_may_not_filter(self, servers: dict[str, str], app: Any) -> None:
        for status in ('UP', 'UNKNOWN'):
            answer = ask(
                app, f'/servers?host_status={status}', SECOND, context=support.context())
            assert answer.status_int == 403

    def test_an_administrator_may_be_denied(
            self, servers: dict[str, str], allow: Allow) -> None:
        app = allow(status='!')
        assert 'host_status' not in shown(app, servers['up'])
        assert ask(app, '/servers?host_status=UP', SECOND).status_int == 403

    def test_the_rule_may_be_about_the_servers_project(
            self, servers: dict[str, str], allow: Allow) -> None:
        app = allow(status='project_id:%(project_id)s')
        assert shown(app, servers['up'], SECOND, support.context())['host_status'] == 'UP'
        answer = ask(app, f'/servers/{servers["up"]}', SECOND)  # an administrator of another
        assert answer.status_int == 200
        assert 'host_status' not in answer.json_body['server']

    def test_only_the_callers_servers_are_found(
            self, cloud: Cloud, servers: dict[str, str], allow: Allow) -> None:
        app = allow(status='role:reader')
        cloud.add_server('up', project_id='c' * 32)
        answer = ask(app, '/servers/detail?host_status=UP', SECOND, context=support.context())
        assert ids(answer) == [servers['up']]
        answer = ask(app, '/servers?host_status=UP&all_tenants=1', SECOND,
                     context=support.context())
        assert answer.status_int == 403


class TestFilter:
    @pytest.fixture
    def servers(self, cloud: Cloud) -> dict[str, list[str]]:
        """Three servers for each status, newest first, in two cells; and some on no host."""
        cloud.add_cell()
        states: dict[str, dict[str, Any]] = {
            'UP': {}, 'DOWN': {'forced_down': True}, 'UNKNOWN': {'silent': True},
            'MAINTENANCE': {'disabled': True}, 'NEEDS_MAINTENANCE': {}}
        for cell in ('cell1', 'cell2'):
            for status, values in states.items():
                cloud.add_host(f'{status}-{cell}', cell=cell, **values)
        cloud.announce('true', 'NEEDS_MAINTENANCE-cell1', 'NEEDS_MAINTENANCE-cell2')
        found: dict[str, list[str]] = {status: [] for status in states}
        for number in range(3):
            for status in states:
                cell = f'cell{1 + number % 2}'
                found[status].insert(0, cloud.add_server(
                    f'{status}-{cell}', cell=cell, display_name=f'{status}-{2 - number}'))
        cloud.add_server(None)
        cloud.add_server(None, cell='cell0', vm_state='error')
        return found

    @COMPUTE
    def test_each_status_has_its_servers(
            self, servers: dict[str, list[str]], app: Any, compute: str) -> None:
        for status, wanted in servers.items():
            query, version = f'host_status={status}', f'compute {compute}, nova-ext 1.1'
            assert ids(ask(app, f'/servers?all_tenants=1&{query}', version)) == wanted
            answer = ask(app, f'/servers/detail?all_tenants=1&{query}', version)
            assert ids(answer) == wanted
            assert {server['host_status'] for server in answer.json_body['servers']} == {status}

    @pytest.mark.parametrize('statuses', [
        ['UP', 'DOWN'], ['DOWN', 'UP', 'UP'], ['UNKNOWN', 'MAINTENANCE', 'NEEDS_MAINTENANCE']])
    def test_repeated_it_means_any_of_its_values(
            self, servers: dict[str, list[str]], app: Any, statuses: list[str]) -> None:
        query = '&'.join(f'host_status={status}' for status in statuses)
        found = ids(ask(app, f'/servers?all_tenants=1&{query}', SECOND))
        assert sorted(found) == sorted(
            server for status in set(statuses) for server in servers[status])
        assert len(found) == 3 * len(set(statuses))

    @pytest.mark.parametrize(('query', 'expected'), [
        ('host=DOWN-cell1', [0, 2]), ('host=DOWN-cell2', [1]), ('host=UP-cell1', []),
        ('host=nowhere', []), ('name=DOWN-1', [1]), ('name=DOWN-[02]', [0, 2]),
        ('sort_key=display_name&sort_dir=desc', [2, 1, 0]),
        ('sort_key=display_name&sort_dir=asc', [0, 1, 2]), ('limit=2', [0, 1]),
        ('status=ACTIVE', [0, 1, 2]), ('status=SHUTOFF', []), ('deleted=true', []),
        (f'project_id={support.PROJECT}', [0, 1, 2]), ('project_id=' + 'c' * 32, []),
    ])
    def test_it_goes_with_every_other_filter(
            self, servers: dict[str, list[str]], app: Any, query: str,
            expected: list[int]) -> None:
        for path in ('/servers', '/servers/detail'):
            answer = ask(app, f'{path}?all_tenants=1&host_status=DOWN&{query}', SECOND)
            assert ids(answer) == [servers['DOWN'][place] for place in expected]

    @pytest.mark.parametrize('limit', [1, 2, 3, 5, 6, 7])
    def test_paging_visits_each_server_once_and_the_links_keep_the_filter(
            self, servers: dict[str, list[str]], app: Any, limit: int) -> None:
        query = 'all_tenants=1&host_status=DOWN&host_status=UP&sort_key=display_name'
        in_one = ids(ask(app, f'/servers?{query}', SECOND))
        assert len(in_one) == 6
        found: list[str] = []
        path: Optional[str] = f'/servers?{query}&limit={limit}'
        while path is not None and len(found) <= 6:
            answer = ask(app, path, SECOND)
            found += ids(answer)
            path = None
            for link in answer.json_body.get('servers_links', ()):
                path = link['href'].removeprefix('http://localhost/v2.1')
                assert parse.parse_qs(parse.urlsplit(path).query)['host_status'] == [
                    'DOWN', 'UP']
        assert found == in_one

    def test_a_marker_need_not_match(self, servers: dict[str, list[str]], app: Any) -> None:
        oldest = servers['UP'][2]
        answer = ask(
            app, f'/servers?all_tenants=1&host_status=DOWN&marker={oldest}', SECOND)
        assert ids(answer) == []
        newest = servers['NEEDS_MAINTENANCE'][0]
        answer = ask(
            app, f'/servers?all_tenants=1&host_status=DOWN&marker={newest}', SECOND)
        assert ids(answer) == servers['DOWN']

    def test_when_no_host_matches_no_server_does(self, cloud: Cloud, app: Any) -> None:
        cloud.add_host('up')
        cloud.add_server('up')
        cloud.add_server(None)
        assert ids(ask(app, '/servers?all_tenants=1&host_status=DOWN', SECOND)) == []

    def test_a_host_without_service_record_matches_unknown(
            self, cloud: Cloud, app: Any) -> None:
        cloud.add_host('up')
        cloud.add_server('up')
        cloud.add_host('gone', deleted=5)
        cloud.insert('cell1', models.Service, host='gone', binary='nova-scheduler',
                     topic='scheduler', report_count=1, disabled=False, version=68)
        lost = cloud.add_server('gone')
        for path in ('/servers', '/servers/detail'):
            answer = ask(app, f'{path}?all_tenants=1&host_status=UNKNOWN', SECOND)
            assert ids(answer) == [lost]

    @pytest.mark.parametrize(('query', 'version', 'message'), [
        ('host_status=UP', FIRST, "The query parameter 'host_status' needs nova-ext 1.1"),
        ('host_status=up', SECOND, 'Invalid query parameter host_status'),
        ('host_status=', SECOND, 'Invalid query parameter host_status'),
        ('host_status=UP&host_status=x', SECOND, 'Invalid query parameter host_status'),
        ('host_status=%ff', SECOND, 'cannot be read'),
        ('host_status=UP&limit=x', SECOND, 'limit'),
        ('host_status=UP&marker=00000000-0000-4000-8000-000000000000', SECOND, 'marker'),
    ])
    def test_a_query_that_means_nothing_is_a_bad_request(
            self, servers: dict[str, list[str]], app: Any, query: str, version: str,
            message: str) -> None:
        answer = ask(app, f'/servers?{query}', version)
        assert answer.status_int == 400
        assert message in answer.json_body['badRequest']['message']

    def test_nova_overlooks_it_without_a_version_of_ours(
            self, servers: dict[str, list[str]], app: Any, nova_app: Any) -> None:
        path = '/servers?all_tenants=1&host_status=DOWN'
        found, wanted = ask(app, path, 'compute 2.1'), ask(nova_app, path, 'compute 2.1')
        assert (found.status, found.body) == (wanted.status, wanted.body)
        assert len(ids(found)) == 17


class TestACellThatIsDown:
    @pytest.fixture
    def servers(self, cloud: Cloud, app: Any) -> dict[str, str]:
        """A server in a cell that answers, and one in a cell that does not any more."""
        cloud.add_cell()
        found = {}
        for cell in ('cell1', 'cell2'):
            cloud.add_host(f'in-{cell}', cell=cell)
            found[cell] = cloud.add_server(f'in-{cell}', cell=cell)
        ask(app, '/servers/detail?all_tenants=1', SECOND)
        cloud.break_cell('cell2')
        return found

    @pytest.mark.parametrize('compute', ['2.69', '2.90', 'latest'])
    @pytest.mark.parametrize('version', ['1.0', '1.1'])
    def test_what_the_api_database_knows_of_a_server_has_an_unknown_status(
            self, servers: dict[str, str], app: Any, compute: str, version: str) -> None:
        answer = ask(app, '/servers/detail?all_tenants=1',
                     f'compute {compute}, nova-ext {version}')
        assert {server['id']: server['host_status'] for server in answer.json_body['servers']
                } == {servers['cell1']: 'UP', servers['cell2']: 'UNKNOWN'}

    @pytest.mark.parametrize('compute', ['2.1', '2.68'])
    def test_where_nova_leaves_the_server_out_so_do_we(
            self, servers: dict[str, str], app: Any, compute: str) -> None:
        answer = ask(app, '/servers/detail?all_tenants=1', f'compute {compute}, nova-ext 1.1')
        assert ids(answer) == [servers['cell1']]

    def test_the_filter_finds_it_by_unknown_only(
            self, servers: dict[str, str], app: Any) -> None:
        for path in ('/servers', '/servers/detail'):
            for status, wanted in (('UNKNOWN', ['cell2']), ('UP', ['cell1']), ('DOWN', [])):
                answer = ask(app, f'{path}?all_tenants=1&host_status={status}',
                             'compute 2.90, nova-ext 1.1')
                assert ids(answer) == [servers[cell] for cell in wanted]

    @pytest.mark.parametrize('compute', ['2.1', '2.68'])
    def test_one_server_of_it_cannot_be_shown_for_now(
            self, servers: dict[str, str], app: Any, compute: str) -> None:
        answer = ask(app, f'/servers/{servers["cell2"]}', f'compute {compute}, nova-ext 1.0')
        assert answer.status_int == 503
        assert 'is not responding' in answer.json_body['serviceUnavailable']['message']

    @pytest.mark.parametrize('compute', ['2.69', '2.90'])
    def test_one_server_of_it_has_an_unknown_status_where_nova_shows_it(
            self, cloud: Cloud, servers: dict[str, str], app: Any, compute: str) -> None:
        cloud.add_request_spec(servers['cell2'])
        answer = ask(app, f'/servers/{servers["cell2"]}', f'compute {compute}, nova-ext 1.1')
        assert answer.status_int == 200, answer.text
        assert answer.json_body['server']['status'] == 'UNKNOWN'
        assert answer.json_body['server']['host_status'] == 'UNKNOWN'

    def test_a_server_of_another_cell_is_shown(
            self, servers: dict[str, str], app: Any) -> None:
        answer = ask(app, f'/servers/{servers["cell1"]}', SECOND)
        assert answer.json_body['server']['host_status'] == 'UP'


def test_nova_has_a_word_for_every_status_but_our_own(nova_objects: Any) -> None:
    from nova_ext.host_status import HostStatus

    words = set(objects.fields.HostStatus.ALL)
    assert words == {status.value for status in HostStatus} - {'NEEDS_MAINTENANCE'} | {''}
