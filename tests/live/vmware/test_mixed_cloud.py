# SPDX-License-Identifier: Apache-2.0
"""Servers on VMware beside servers that libvirt runs, and the commands on the host."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from sandbox import state
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from tests.live.openstack_client import OpenStackClient
from tests.live.timing import timed

if TYPE_CHECKING:
    from tests.vmware.vcenter import Vcenter

pytestmark = pytest.mark.vmware_cloud

#: Seconds that vCenter has for an answer, by default.
VMWARE_TIMEOUT = 4


def test_vcenter_that_hangs_is_503_and_other_hosts_answer(
        api: Api, server: Guest, guest: Guest, vcenter: Vcenter) -> None:
    with vcenter.hanging():
        for _ in range(2):
            seconds, answer = timed(lambda: api.request(
                'GET', f'/servers/{server.id}/diagnostics', nova_ext='1.0'))
            assert answer.status_code == 503, answer.text
            assert 'cannot reach its hypervisor' in answer.text
            assert seconds < VMWARE_TIMEOUT + 3
        seconds, known = timed(lambda: api.diagnostics(guest.id))
        assert (known['state'], known['driver']) == ('running', 'libvirt')
        assert seconds < VMWARE_TIMEOUT
        seconds, _ = timed(lambda: api.get('/os-hypervisors/detail', nova_ext='1.1'))
        assert seconds < VMWARE_TIMEOUT
    wait_for('vCenter is asked again', lambda: api.request(
        'GET', f'/servers/{server.id}/diagnostics', nova_ext='1.0').status_code == 200)


@pytest.mark.parametrize('compute', ['2.53', '2.87', '2.90'])
def test_hypervisors_of_all_hosts_are_listed(
        api: Api, cloud: state.State, vmware_host: ComputeHost, compute: str) -> None:
    for form in ('', '/detail'):
        listed = api.get(f'/os-hypervisors{form}', compute=compute, nova_ext='1.1')
        assert listed['down_cells'] == {}
        found = listed['hypervisors']
        assert len({one['id'] for one in found}) == len(found)
        assert {one['service']['host'] for one in found} == {host.name for host in cloud.hosts}
        assert {(one['state'], one['status']) for one in found} == {('up', 'enabled')}
        theirs = api.get(f'/os-hypervisors{form}', compute=compute)['hypervisors']
        assert [one['hypervisor_hostname'] for one in listed['hypervisors']] == [
            one['hypervisor_hostname'] for one in theirs]
    types = {1: 'QEMU', vmware_host.number: 'VMware vCenter Server',
             cloud.options.ironic_host: 'ironic'}
    assert {(one['service']['host'], one['hypervisor_type']) for one in found} == {
        (host.name, types[host.number]) for host in cloud.hosts}


def test_openstackclient_lists_all_hypervisors(api: Api) -> None:
    rows = OpenStackClient().json('hypervisor', 'status', 'list')
    assert [(row['State'], row['Status']) for row in rows] == [
        ('up', 'enabled')] * len(api.get('/os-hypervisors')['hypervisors'])


def test_host_status_is_told_for_servers_of_all_hosts(
        api: Api, server: Guest, guest: Guest) -> None:
    listed = api.get('/servers/detail?host_status=UP&all_tenants=1', nova_ext='1.1')['servers']
    assert {server.id, guest.id} <= {one['id'] for one in listed}
    shown = api.get(f'/servers/{server.id}', nova_ext='1.1')['server']
    assert shown['host_status'] == 'UP'


def test_commands_know_the_driver(cloud: state.State, vmware_host: ComputeHost) -> None:
    assert cloud.environments.vmware is not None
    programs = cloud.environments.vmware / 'bin'
    file = ('--config-file', str(vmware_host.etc / 'nova/nova-cpu.conf'))
    done = subprocess.run(
        vmware_host.command(str(programs / 'nova-ext-status'), *file, 'upgrade', 'check',
                            '--json'),
        capture_output=True, text=True, timeout=180, check=False)
    checks = {one['check']: one for one in json.loads(done.stdout)['checks']}
    assert done.returncode == 0, checks
    assert 'nova_ext.VMwareDriver' in checks['Compute driver']['details']
    shown = vmware_host.run(
        str(programs / 'nova-ext-setup'), 'disable', 'compute', '--dry-run', *file)
    assert '-compute_driver = nova_ext.VMwareDriver' in shown
    assert '+compute_driver = vmwareapi.VMwareVCDriver' in shown
