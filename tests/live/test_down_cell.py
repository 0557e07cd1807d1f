# SPDX-License-Identifier: Apache-2.0
"""A cell whose database fails: the hosts of the other cells are listed, with the cell's name.

The second cell is empty. nova-api reaches its database through a relay, which can be made to
refuse connections or to stop forwarding.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import settings, state
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.services import MYSQL_SOCKET
from tests.live import host_views, nova_api
from tests.live.database_relay import DatabaseRelay
from tests.live.host_views import HostView, ObservedServer
from tests.live.timing import timed

NAME = DATABASE = 'nova_cell2'

#: Seconds: ``[nova_ext] cell_timeout``, and what a response may take in addition.
CELL_TIMEOUT = 4
MARGIN = 10


@pytest.fixture(scope='module')
def relay(cloud: state.State) -> Iterator[DatabaseRelay]:
    """The relay to the database of a second cell, which is mapped and known to nova-api."""
    relay = DatabaseRelay()
    options = {'cell_timeout': str(CELL_TIMEOUT), 'serve_stock_hypervisors': 'true'}
    try:
        with _database(), _cell(cloud, relay.port), nova_api.options_written(nova_ext=options):
            nova_api.restart()
            yield relay
    finally:
        nova_api.restart()
        relay.close()


@contextlib.contextmanager
def _database() -> Iterator[None]:
    """Create the database of an empty cell."""
    socket_option = f'--no-defaults -uroot --socket={MYSQL_SOCKET}'

    def shell(command: str) -> None:
        ComputeHost(1).run('sh', '-c', command)

    shell(f'mariadb {socket_option} -e "DROP DATABASE IF EXISTS {DATABASE}; '
          f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4; GRANT ALL ON {DATABASE}.* TO os@'%'"
          f'" && mariadb-dump {socket_option} --no-data nova_cell1 '
          f'| mariadb {socket_option} {DATABASE}')
    try:
        yield
    finally:
        shell(f"mariadb {socket_option} -e \"DROP DATABASE {DATABASE}; "
              f"REVOKE ALL ON {DATABASE}.* FROM os@'%'\"")


@contextlib.contextmanager
def _cell(cloud: state.State, port: int) -> Iterator[None]:
    """Map a cell whose database is at that port."""
    url = settings.database_url(DATABASE).replace(f':{settings.MYSQL_PORT}/', f':{port}/')
    transport_url = f'rabbit://nobody:wrong@{settings.CONTROLLER_IP}:1/'
    uuid = _manage(cloud, 'create_cell', '--name', NAME, '--database_connection', url,
                   '--transport-url', transport_url, '--verbose').split()[-1]
    try:
        yield
    finally:
        _manage(cloud, 'delete_cell', '--cell_uuid', uuid)


def _manage(cloud: state.State, *arguments: str) -> str:
    """Run nova-manage and return what it prints."""
    host = ComputeHost(1)
    configuration = cloud.hosts[0].etc / 'nova-api' / 'nova.conf'
    done = subprocess.run(
        host.command(f'{cloud.environments.nova}/bin/nova-manage', '--config-file',
                     str(configuration), 'cell_v2', *arguments),
        capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _down_cells(response: dict[str, Any]) -> list[str]:
    """Return the names of the cells that a list reports as down."""
    return list(response.get('down_cells', {}).values())


def _check_one_cell_down(api: Api, observed_server: ObservedServer) -> None:
    """Check that hosts and servers of the first cell are shown and the second is named as down."""
    for form in ('', '/detail'):
        found = api.get(f'/os-hypervisors{form}', nova_ext='1.1')
        assert {'stack1', 'stack2', 'stack3'} <= {
            hypervisor['hypervisor_hostname'] for hypervisor in found['hypervisors']}
        assert _down_cells(found) == [NAME]
    one = found['hypervisors'][0]['id']
    assert api.get(f'/os-hypervisors/{one}', nova_ext='1.1')['hypervisor']['id'] == one
    unknown = api.request('GET', '/os-hypervisors/00000000-0000-4000-8000-000000000000',
                          nova_ext='1.1')
    assert unknown.status_code == 503
    assert NAME in unknown.text
    for nova_ext in ('1.0', '1.1'):
        server = api.get(f'/servers/{observed_server.id}', nova_ext=nova_ext)['server']
        assert server['host_status'] == 'UP'


def _check_servers_lists(api: Api, observed_server: ObservedServer) -> None:
    """Check that lists of servers name the second cell as down."""
    for nova_ext in ('1.0', '1.1', '1.2'):
        for form in ('', '/detail'):
            assert _down_cells(api.get(f'/servers{form}', nova_ext=nova_ext)) == [NAME]
    for status in ('DOWN', 'UNKNOWN', 'UP'):
        found = api.get(f'/servers?host_status={status}&all_tenants=1', nova_ext='1.1')
        assert _down_cells(found) == [NAME]
        ids = [server['id'] for server in found['servers']]
        assert (observed_server.id in ids) is (status == 'UP')


def _wait_no_cell_down(api: Api) -> None:
    """Wait until no process of nova-api reports a cell as down."""
    wait_for('no cell down', lambda: all(
        _down_cells(api.get(path, nova_ext='1.1')) == []
        for path in ('/os-hypervisors', '/servers/detail?all_tenants=1') for _ in range(10)))


@pytest.mark.slow
def test_cell_database_that_refuses_connections_is_reported_as_down(
        api: Api, relay: DatabaseRelay, observed_server: ObservedServer) -> None:
    _wait_no_cell_down(api)
    for form in ('', '/detail'):
        assert api.get(f'/servers{form}', nova_ext='1.2')['down_cells'] == {}
    with relay.refusing():
        _check_one_cell_down(api, observed_server)
        _check_servers_lists(api, observed_server)
        host_views.check_servers(api, observed_server, HostView('UP'), ('2.1', '2.90'))
    _wait_no_cell_down(api)


@pytest.mark.slow
def test_unresponsive_cell_database_delays_each_api_worker_once(
        api: Api, relay: DatabaseRelay, observed_server: ObservedServer) -> None:
    """nova-api has at most four workers; afterwards each skips the cell without waiting."""
    _wait_no_cell_down(api)
    with relay.silent():
        responses = [
            timed(lambda: api.get('/os-hypervisors', nova_ext='1.1')) for _ in range(20)]
        assert all(_down_cells(response) == [NAME] for _, response in responses)
        assert max(seconds for seconds, _ in responses) < CELL_TIMEOUT + MARGIN
        delayed = [seconds for seconds, _ in responses if seconds > CELL_TIMEOUT - 0.1]
        assert 1 <= len(delayed) <= 4, [seconds for seconds, _ in responses]
        # Not the lists of servers: Nova itself waits a minute for such a cell.
        _check_one_cell_down(api, observed_server)
    _wait_no_cell_down(api)


@pytest.mark.slow
def test_slow_cell_is_waited_for_by_stock_requests_only(
        api: Api, relay: DatabaseRelay) -> None:
    """Every statement takes longer than ``cell_timeout``, but Nova waits for a minute."""
    _wait_no_cell_down(api)
    path = '/os-hypervisors'
    expected = [found['id'] for found in api.get(path)['hypervisors']]
    with relay.slow(CELL_TIMEOUT / 2 + 0.5):
        for _ in range(2):
            assert [found['id'] for found in api.get(path)['hypervisors']] == expected
        for listed in (path, '/servers?host_status=DOWN&all_tenants=1'):
            assert _down_cells(api.get(listed, nova_ext='1.1')) == [NAME]
    _wait_no_cell_down(api)


@pytest.mark.slow
@pytest.mark.usefixtures('relay')
def test_service_record_in_another_cell_does_not_count(
        api: Api, observed_server: ObservedServer) -> None:
    """The host has the same name as one of which the second cell still has a record."""
    nova_api.execute_sql(
        f'INSERT INTO {DATABASE}.services (created_at, deleted, host, `binary`, topic, '
        f"report_count, disabled, forced_down, version) VALUES (NOW(), 0, '{observed_server.host}'"
        ", 'nova-compute', 'compute', 1, 0, 1, 1)")
    try:
        host_views.check_servers(api, observed_server, HostView('UP'), ('2.1', '2.90'))
        host_views.check_filter(api, observed_server, HostView('UP'))
        [hypervisor] = [
            found for found in api.get('/os-hypervisors', nova_ext='1.1')['hypervisors']
            if found['hypervisor_hostname'] == observed_server.host]
        assert (hypervisor['state'], hypervisor['forced_down']) == ('up', False)
    finally:
        nova_api.execute_sql(f'DELETE FROM {DATABASE}.services')
