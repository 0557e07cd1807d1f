# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check`` on a compute host, with what its nova-compute reads."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from sandbox import processes, state
from sandbox.client.compute import ComputeHost


def checked(cloud: state.State, host: ComputeHost) -> tuple[int, dict[str, Any]]:
    """The exit status, and the checks by name."""
    done = subprocess.run(host.command(
        str(cloud.environments.nova / 'bin/nova-ext-status'), '--config-file',
        str(host.etc / 'nova/nova-cpu.conf'), 'upgrade', 'check', '--json'),
        capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, {
        check['check']: check for check in json.loads(done.stdout)['checks']}


@pytest.mark.essential
def test_all_is_well(cloud: state.State, plugin_host: ComputeHost) -> None:
    status, checks = checked(cloud, plugin_host)
    assert status == 0, checks
    connection = plugin_host.run('virsh', 'version')
    for name, program in (('libvirt', 'Using library: libvirt '),
                          ('QEMU', 'Running hypervisor: QEMU ')):
        version = connection.partition(program)[2].split()[0]
        assert f'{name} {version} can' in checks['libvirt and QEMU']['details']
    assert checks['virtlogd']['details'] == (
        'virtlogd keeps 131072 bytes and 3 older files of each console log')


def test_a_virtlogd_that_is_not_there(cloud: state.State, plugin_host: ComputeHost) -> None:
    virtlogd = plugin_host.service('virtlogd')
    processes.stop(virtlogd)
    try:
        status, checks = checked(cloud, plugin_host)
    finally:
        processes.start(virtlogd)
        processes.wait_ready(virtlogd)
    assert status == 2
    assert checks['virtlogd']['details'].endswith('Start virtlogd.socket.')


def test_a_libvirt_that_is_not_there(cloud: state.State) -> None:
    """The controller of this cloud is a compute host, too; another place without is made."""
    done = subprocess.run(
        [str(cloud.environments.nova / 'bin/nova-ext-status'), '--config-file', '/dev/null',
         'upgrade', 'check'], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert 'Run this on a compute host' in ' '.join(
        done.stdout.replace('|', ' ').split())
