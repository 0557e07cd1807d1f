# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check`` with what the services of a host read."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from sandbox import processes, state
from sandbox.client.api import Api
from sandbox.client.compute import ComputeHost
from tests.live.conftest import STOCK_HOST


def checked(
        cloud: state.State, host: ComputeHost, file: str = 'nova/nova-cpu.conf',
) -> tuple[int, dict[str, Any]]:
    """The exit status, and the checks by name.

    :param file: a configuration file of the host's
    """
    done = subprocess.run(host.command(
        str(cloud.environments.nova / 'bin/nova-ext-status'), '--config-file',
        str(host.etc / file), 'upgrade', 'check', '--json'),
        capture_output=True, text=True, timeout=180, check=False)
    return done.returncode, {
        check['check']: check for check in json.loads(done.stdout)['checks']}


@pytest.mark.essential
def test_all_is_well_on_a_compute_host(cloud: state.State, plugin_host: ComputeHost) -> None:
    status, checks = checked(cloud, plugin_host)
    assert status == 0, checks
    assert checks['Nova']['details'].startswith(f'Nova {cloud.options.nova.partition(".")[0]}.')
    assert 'nova_ext.LibvirtDriver' in checks['Compute driver']['details']
    connection = plugin_host.run('virsh', 'version')
    for name, program in (('libvirt', 'Using library: libvirt '),
                          ('QEMU', 'Running hypervisor: QEMU ')):
        version = connection.partition(program)[2].split()[0]
        assert f'{name} {version} can' in checks['libvirt and QEMU']['details']
    assert checks['virtlogd']['details'] == (
        'virtlogd keeps 131072 bytes and 3 older files of each console log')


@pytest.mark.essential
def test_all_is_well_on_an_api_host(cloud: state.State, plugin_host: ComputeHost) -> None:
    status, checks = checked(cloud, plugin_host, 'nova-api/nova.conf')
    assert status == 0, checks
    assert checks['Filter of the API']['details'].count('nova-ext is in its place') == 2


def test_a_host_that_runs_without_nova_ext(
        cloud: state.State, stock_api: Api, plugin_host: ComputeHost) -> None:
    """It is installed there and not configured."""
    status, checks = checked(cloud, ComputeHost(STOCK_HOST))
    assert status == 1
    assert checks['Compute driver']['details'].endswith('Set it to nova_ext.LibvirtDriver')
    status, checks = checked(cloud, plugin_host, 'nova-api-stock/nova.conf')
    assert status == 2
    assert 'has no filter of nova-ext' in checks['Filter of the API']['details']


def test_a_virtlogd_that_is_not_there(cloud: state.State, plugin_host: ComputeHost) -> None:
    virtlogd = plugin_host.service('virtlogd')
    processes.stop(virtlogd)
    try:
        status, checks = checked(cloud, plugin_host)
    finally:
        processes.start(virtlogd)
        processes.wait_ready(virtlogd)
    assert status == 2
    assert checks['virtlogd']['details'].endswith('Start virtlogd.socket')


def test_a_libvirt_that_is_not_there(cloud: state.State, plugin_host: ComputeHost) -> None:
    """With what nova-compute reads, in a place without its libvirt."""
    done = subprocess.run(
        [str(cloud.environments.nova / 'bin/nova-ext-status'), '--config-file',
         str(plugin_host.etc / 'nova/nova-cpu.conf'), 'upgrade', 'check'],
        capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 2
    assert 'Run this on a compute host' in ' '.join(done.stdout.replace('|', ' ').split())
