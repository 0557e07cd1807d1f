# SPDX-License-Identifier: Apache-2.0
"""Servers on bare metal beside servers that libvirt runs, and the commands on the host."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from sandbox import state
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from tests.live.timing import timed

pytestmark = pytest.mark.ironic_cloud

#: Seconds that ironic has for an answer, by default.
IRONIC_TIMEOUT = 4


@contextlib.contextmanager
def ironic_api_stopped() -> Iterator[None]:
    """Have ironic-api and its workers do nothing; its connections stay."""
    pid = ComputeHost(1).service('ironic-api').pid()
    assert pid is not None
    os.killpg(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(pid, signal.SIGCONT)


def test_ironic_that_hangs_is_503_and_other_hosts_answer(
        api: Api, server: Guest, guest: Guest) -> None:
    path = f'/servers/{server.id}/diagnostics'
    with ironic_api_stopped():
        for _ in range(2):
            seconds, answer = timed(lambda: api.request('GET', path, nova_ext='1.0'))
            assert answer.status_code == 503, answer.text
            assert 'cannot reach its hypervisor' in answer.text
            assert seconds < IRONIC_TIMEOUT + 3
        seconds, known = timed(lambda: api.diagnostics(guest.id))
        assert (known['state'], known['driver']) == ('running', 'libvirt')
        assert seconds < IRONIC_TIMEOUT
        seconds, _ = timed(lambda: api.get('/os-hypervisors/detail', nova_ext='1.1'))
        assert seconds < IRONIC_TIMEOUT
    wait_for('ironic is asked again', lambda: api.request(
        'GET', path, nova_ext='1.0').status_code == 200)


def test_host_status_is_told_for_servers_of_all_hosts(
        api: Api, server: Guest, guest: Guest) -> None:
    listed = api.get('/servers/detail?host_status=UP&all_tenants=1', nova_ext='1.1')['servers']
    assert {server.id, guest.id} <= {one['id'] for one in listed}
    assert len({one['id'] for one in listed}) == len(listed)
    assert api.get(f'/servers/{server.id}', nova_ext='1.1')['server']['host_status'] == 'UP'


def test_commands_know_the_driver(cloud: state.State, ironic_host: ComputeHost) -> None:
    assert cloud.environments.ironic_driver is not None
    programs = cloud.environments.ironic_driver / 'bin'
    file = ('--config-file', str(ironic_host.etc / 'nova/nova-cpu.conf'))
    done = subprocess.run(
        ironic_host.command(str(programs / 'nova-ext-status'), *file, 'upgrade', 'check',
                            '--json'),
        capture_output=True, text=True, timeout=180, check=False)
    checks = {one['check']: one for one in json.loads(done.stdout)['checks']}
    assert done.returncode == 0, checks
    assert 'nova_ext.IronicDriver' in checks['Compute driver']['details']
    shown = ironic_host.run(
        str(programs / 'nova-ext-setup'), 'disable', 'compute', '--dry-run', *file)
    assert '-compute_driver = nova_ext.IronicDriver' in shown
    assert '+compute_driver = ironic.IronicDriver' in shown
