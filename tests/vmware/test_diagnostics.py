# SPDX-License-Identifier: Apache-2.0
"""Each figure against what vCenter says to pyVmomi, and null for what it does not say."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.vmware import conftest, expected, servers
from tests.vmware.vcenter import Vcenter, add_devices, finish


def test_each_figure_is_vcenters_and_each_other_is_null(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    assert machine.runtime.host.config.product.productLineId == 'embeddedEsx'
    before = machine.summary.quickStats.uptimeSeconds
    known = servers.diagnostics(driver, machine.config.instanceUuid)
    uptime = known.pop('uptime')
    assert 5000 < before <= uptime <= machine.summary.quickStats.uptimeSeconds
    assert known == expected.of_running(vcenter, machine)
    assert (known['num_cpus'], known['num_nics'], known['num_disks']) == (1, 1, 1)
    assert known['cpu_details'][0]['utilisation'] >= 17
    assert known['nic_details'][0]['rx_rate'] > 100000


def test_devices_that_are_added_are_told(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    add_devices(machine)
    known = servers.diagnostics(driver, machine.config.instanceUuid)
    del known['uptime']
    assert known == expected.of_running(vcenter, machine)
    assert (known['num_cpus'], known['num_nics'], known['num_disks']) == (4, 2, 2)
    assert known['nic_details'][1]['mac_address'] == '00:50:56:aa:bb:cc'
    assert known['cpu_details'][1]['utilisation'] == 100


@pytest.mark.parametrize(('operation', 'state'), [
    ('PowerOffVM_Task', 'shutdown'), ('SuspendVM_Task', 'suspended')])
def test_server_that_does_not_run_has_its_state_and_devices(
        driver: Any, vcenter: Vcenter, operation: str, state: str) -> None:
    machine = vcenter.take()
    running = expected.of_running(vcenter, machine)
    before = vcenter.control()['queries']
    finish(getattr(machine, operation)())
    # vCenter still has the last figures.
    assert machine.summary.quickStats.uptimeSeconds > 5000
    assert servers.diagnostics(driver, machine.config.instanceUuid) == expected.of_stopped(
        running, state)
    assert vcenter.control()['queries'] == before


def test_answer_about_many_servers_is_that_about_each(driver: Any, vcenter: Vcenter) -> None:
    from nova_ext.compute import host_diagnostics

    machines = [vcenter.take() for _ in range(3)]
    uuids = [machine.config.instanceUuid for machine in machines]
    _, endpoint = driver.endpoints
    found, _ = host_diagnostics.decode(
        endpoint.get_host_diagnostics(None, uuids, '1.1'))
    assert list(found) == uuids
    for uuid, one in found.items():
        single = servers.diagnostics(driver, uuid)
        assert one.responding
        assert (one.diagnostics.state, one.diagnostics.num_disks) == (
            single['state'], single['num_disks'])


def test_server_without_a_machine_is_pending(driver: Any) -> None:
    known = servers.diagnostics(driver, '0d9bd4fe-3b9c-4b6e-a3f3-6d4fdd1a7f5c')
    assert known.pop('state') == 'pending'
    assert known.pop('driver') == 'vmwareapi'
    assert set(known.values()) == {None}


def test_server_whose_machine_is_gone_is_pending(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    uuid = machine.config.instanceUuid
    assert servers.diagnostics(driver, machine.config.instanceUuid)['state'] == 'running'
    finish(machine.PowerOffVM_Task())
    finish(machine.Destroy_Task())
    assert servers.diagnostics(driver, uuid)['state'] == 'pending'


@pytest.mark.parametrize('mode', ['refuse', 'none', 'untaken', 'hang'])
def test_rest_is_told_when_the_performance_manager_has_nothing(
        driver: Any, vcenter: Vcenter, mode: str) -> None:
    machine = vcenter.take()
    began = time.monotonic()
    with vcenter.performance(mode):
        known = servers.diagnostics(driver, machine.config.instanceUuid)
    assert time.monotonic() - began < conftest.TIMEOUT + 5
    assert (known['state'], known['num_disks']) == ('running', 1)
    assert known['uptime'] > 5000
    assert known['memory_details']['used'] == machine.summary.quickStats.guestMemoryUsage
    assert [cpu['utilisation'] for cpu in known['cpu_details']] == [None]
    assert [{**nic, 'mac_address': None} for nic in known['nic_details']] == [expected.NIC]


def test_performance_manager_is_asked_once(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    before = vcenter.control()['queries']
    servers.diagnostics(driver, machine.config.instanceUuid)
    assert vcenter.control()['queries'] == before + 1


def test_session_that_vcenter_has_ended_is_renewed(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    vcenter.end_other_sessions()
    # oslo.vmware waits for 10 s before it logs in again, which is longer than anybody waits here.
    wait_until_answered(driver, servers.of(machine.config.instanceUuid))
    known = servers.diagnostics(driver, machine.config.instanceUuid)
    del known['uptime']
    assert known == expected.of_running(vcenter, machine)


def test_novas_own_diagnostics_have_the_same_figures(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    known = servers.diagnostics(driver, machine.config.instanceUuid)
    answer = driver.get_instance_diagnostics(
        servers.of(machine.config.instanceUuid))
    assert (answer.state, answer.driver, answer.hypervisor, answer.uptime) == (
        'running', 'vmwareapi', 'vmware', pytest.approx(known['uptime'], abs=10))
    assert [cpu.utilisation for cpu in answer.cpu_details] == [
        cpu['utilisation'] for cpu in known['cpu_details']]
    assert answer.nic_details[0].rx_rate == known['nic_details'][0]['rx_rate']
    assert answer.memory_details.used == known['memory_details']['used']
    assert (answer.num_cpus, answer.num_nics, answer.num_disks) == (1, 1, 1)


def test_vcenter_that_hangs_is_answered_within_the_bound(driver: Any, vcenter: Vcenter) -> None:
    from nova import exception as nova_exception

    machine = vcenter.take()
    instance = servers.of(machine.config.instanceUuid)
    assert driver.get_instance_diagnostics(instance).state == 'running'
    with vcenter.hanging():
        began = time.monotonic()
        with pytest.raises(nova_exception.HypervisorUnavailable):
            driver.get_instance_diagnostics(instance)
        assert conftest.TIMEOUT - 0.1 < time.monotonic() - began < conftest.TIMEOUT + 5
    wait_until_answered(driver, instance)


def wait_until_answered(driver: Any, instance: Any) -> None:
    deadline = time.monotonic() + 60
    while not _is_answered(driver, instance):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _is_answered(driver: Any, instance: Any) -> bool:
    from nova import exception as nova_exception

    try:
        return bool(driver.get_instance_diagnostics(instance).state == 'running')
    except nova_exception.HypervisorUnavailable:
        return False
