# SPDX-License-Identifier: Apache-2.0
"""Servers on VMware beside servers that libvirt runs, and the commands on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import state
from sandbox.client.api import Api
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from tests.live import other_driver
from tests.live.openstack_client import OpenStackClient

if TYPE_CHECKING:
    from tests.vmware.vcenter import Vcenter

pytestmark = pytest.mark.vmware_cloud

#: Seconds that vCenter has for an answer, by default.
VMWARE_TIMEOUT = 4


def test_vcenter_that_hangs_is_503_and_other_hosts_answer(
        api: Api, server: Guest, guest: Guest, vcenter: Vcenter) -> None:
    other_driver.assert_hanging_is_answered(
        api, server, guest, vcenter.hanging(), VMWARE_TIMEOUT)


def test_lists_of_diagnostics_have_the_servers_of_all_hosts(
        api: Api, server: Guest, guest: Guest, vcenter: Vcenter) -> None:
    other_driver.assert_many_are_told_about(
        api, server, guest, 'vmwareapi', vcenter.hanging(), VMWARE_TIMEOUT)


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
    other_driver.assert_host_status_is_up(api, server, guest)


def test_commands_know_the_driver(cloud: state.State, vmware_host: ComputeHost) -> None:
    assert cloud.environments.vmware is not None
    other_driver.assert_commands_know(
        vmware_host, cloud.environments.vmware, 'nova_ext.VMwareDriver',
        'vmwareapi.VMwareVCDriver')
