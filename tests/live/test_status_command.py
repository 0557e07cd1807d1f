# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check`` with the configuration files of running services.

Where nova-compute is in a container, test_contained_commands has checks of its own.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from sandbox import processes, state
from sandbox.client.api import Api
from sandbox.client.compute import ComputeHost
from tests.live.conftest import STOCK_HOST


def upgrade_check(
        cloud: state.State, host: ComputeHost, file: str = 'nova/nova-cpu.conf',
) -> tuple[int, dict[str, Any]]:
    """Run the checks on a host; return the exit status, and the checks by name.

    :param file: a configuration file of the host
    """
    done = subprocess.run(host.command(
        str(cloud.environments.nova / 'bin/nova-ext-status'), '--config-file',
        str(host.etc / file), 'upgrade', 'check', '--json'),
        capture_output=True, text=True, timeout=180, check=False)
    return done.returncode, {
        check['check']: check for check in json.loads(done.stdout)['checks']}


@pytest.mark.essential
def test_check_succeeds_on_a_compute_host(cloud: state.State, plugin_host: ComputeHost) -> None:
    status, checks = upgrade_check(cloud, plugin_host)
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
def test_check_succeeds_on_an_api_host(cloud: state.State, plugin_host: ComputeHost) -> None:
    status, checks = upgrade_check(cloud, plugin_host, 'nova-api/nova.conf')
    assert status == 0, checks
    assert checks['Filter of the API']['details'].count('nova-ext is in its place') == 2


def test_missing_driver_is_a_warning_and_missing_filter_an_error(
        cloud: state.State, stock_api: Api, plugin_host: ComputeHost) -> None:
    """nova-ext is installed and not configured."""
    status, checks = upgrade_check(cloud, ComputeHost(STOCK_HOST))
    assert status == 1
    assert checks['Compute driver']['details'].endswith(
        'Set it to nova_ext.LibvirtDriver: nova-ext-setup enable compute')
    status, checks = upgrade_check(cloud, plugin_host, 'nova-api-stock/nova.conf')
    assert status == 2
    assert 'has no nova-ext filter' in checks['Filter of the API']['details']


def test_stopped_virtlogd_is_an_error(cloud: state.State, plugin_host: ComputeHost) -> None:
    virtlogd = plugin_host.service('virtlogd')
    processes.stop(virtlogd)
    try:
        status, checks = upgrade_check(cloud, plugin_host)
    finally:
        processes.start(virtlogd)
        processes.wait_ready(virtlogd)
    assert status == 2
    assert checks['virtlogd']['details'].endswith('Start virtlogd.socket')


def test_missing_libvirt_is_an_error(cloud: state.State, plugin_host: ComputeHost) -> None:
    """Run outside of the host, with the configuration file of its nova-compute."""
    done = subprocess.run(
        [str(cloud.environments.nova / 'bin/nova-ext-status'), '--config-file',
         str(plugin_host.etc / 'nova/nova-cpu.conf'), 'upgrade', 'check'],
        capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 2
    assert 'Run this on a compute host' in ' '.join(done.stdout.replace('|', ' ').split())
