# SPDX-License-Identifier: Apache-2.0
"""What is expected of any host beside libvirt's, whatever drives its servers."""

from __future__ import annotations

import contextlib
import json
import pathlib
import subprocess

from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from tests.live.timing import timed

#: Seconds beyond its bound that an answer may take on a busy machine.
SLACK = 3


def assert_hanging_is_answered(
        api: Api, server: Guest, guest: Guest,
        hanging: contextlib.AbstractContextManager[None], seconds: float) -> None:
    """Assert that a counterpart that hangs is 503 within its bound, and nothing else is late.

    :param server: on the host whose counterpart hangs
    :param guest: on one of libvirt's
    :param hanging: has the counterpart hang
    :param seconds: that the counterpart has for an answer
    """
    path = f'/servers/{server.id}/diagnostics'
    with hanging:
        for _ in range(2):
            taken, answer = timed(lambda: api.request('GET', path, nova_ext='1.0'))
            assert answer.status_code == 503, answer.text
            assert 'cannot reach its hypervisor' in answer.text
            assert taken < seconds + SLACK
        taken, known = timed(lambda: api.diagnostics(guest.id))
        assert (known['state'], known['driver']) == ('running', 'libvirt')
        assert taken < seconds
        taken, _ = timed(lambda: api.get('/os-hypervisors/detail', nova_ext='1.1'))
        assert taken < seconds
    wait_for('it is asked again', lambda: api.request(
        'GET', path, nova_ext='1.0').status_code == 200)


def assert_many_are_told_about(
        api: Api, server: Guest, guest: Guest, driver: str,
        hanging: contextlib.AbstractContextManager[None], seconds: float) -> None:
    """Assert that lists of diagnostics have servers of all hosts, whatever one of them does.

    :param server: on the host with the counterpart
    :param guest: on one of libvirt's
    :param driver: the counterpart's, as diagnostics name it
    :param hanging: has the counterpart hang
    :param seconds: that the counterpart has for an answer
    """
    shown = api.get(f'/servers/{server.id}')['server']
    host = shown['OS-EXT-SRV-ATTR:host']
    [hypervisor] = [
        one for one in api.get('/os-hypervisors/detail', nova_ext='1.2')['hypervisors']
        if one['hypervisor_hostname'] == shown['OS-EXT-SRV-ATTR:hypervisor_hostname']]
    alone = f'/os-hypervisors/{hypervisor["id"]}/diagnostics'
    single = api.diagnostics(server.id, '1.2')
    for path, others in ((alone, set()), ('/nova-ext/diagnostics', {guest.id})):
        body = api.get(path, nova_ext='1.2')
        found = {one['server_id']: one for one in body['diagnostics']}
        assert {server.id, *others} <= set(found)
        assert 'missing_hosts' not in body
        entry = found[server.id]
        assert (entry['driver'], entry['host'], entry['responding']) == (driver, host, True)
        for name in ('state', 'num_cpus', 'num_nics', 'num_disks', 'config_drive'):
            assert entry[name] == single[name], name
        assert entry['memory_details']['maximum'] == single['memory_details']['maximum']
    with hanging:
        taken, answer = timed(lambda: api.request('GET', alone, nova_ext='1.2'))
        assert answer.status_code == 503, answer.text
        assert taken < 2 * seconds + SLACK
        body = api.get('/nova-ext/diagnostics', nova_ext='1.2')
        assert guest.id in {one['server_id'] for one in body['diagnostics']}
        assert 'cannot reach its hypervisor' in body['missing_hosts'][host]
    wait_for('it is asked again', lambda: api.request(
        'GET', alone, nova_ext='1.2').status_code == 200)


def assert_host_status_is_up(api: Api, *servers: Guest) -> None:
    """Assert that servers are listed once each, and shown, on hosts that are up."""
    listed = api.get('/servers/detail?host_status=UP&all_tenants=1', nova_ext='1.1')['servers']
    ids = [one['id'] for one in listed]
    assert {server.id for server in servers} <= set(ids)
    assert len(set(ids)) == len(ids)
    for server in servers:
        shown = api.get(f'/servers/{server.id}', nova_ext='1.1')['server']
        assert shown['host_status'] == 'UP'


def assert_commands_know(
        host: ComputeHost, environment: pathlib.Path, driver: str, stock: str) -> None:
    """Assert that nova-ext-status finds a host well, and nova-ext-setup would undo its driver.

    :param environment: of the host's nova-compute
    :param driver: ``compute_driver`` with nova-ext
    :param stock: the same without
    """
    file = ('--config-file', str(host.etc / 'nova/nova-cpu.conf'))
    done = subprocess.run(
        host.command(str(environment / 'bin/nova-ext-status'), *file, 'upgrade', 'check',
                     '--json'),
        capture_output=True, text=True, timeout=180, check=False)
    checks = {one['check']: one for one in json.loads(done.stdout)['checks']}
    assert done.returncode == 0, checks
    assert driver in checks['Compute driver']['details']
    shown = host.run(
        str(environment / 'bin/nova-ext-setup'), 'disable', 'compute', '--dry-run', *file)
    assert f'-compute_driver = {driver}' in shown
    assert f'+compute_driver = {stock}' in shown
