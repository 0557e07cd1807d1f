# SPDX-License-Identifier: Apache-2.0
"""Each figure against what vCenter says to pyVmomi, and null for what it does not say."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest
from pyVmomi import vim

from tests.vmware import conftest
from tests.vmware.vcenter import Vcenter, add_devices, finish

#: Of a NIC and a disk that nothing is counted of.
NIC = dict.fromkeys((
    'mac_address', 'rx_octets', 'rx_errors', 'rx_drop', 'rx_packets', 'rx_rate', 'tx_octets',
    'tx_errors', 'tx_drop', 'tx_packets', 'tx_rate'))
DISK = dict.fromkeys((
    'read_bytes', 'read_requests', 'write_bytes', 'write_requests', 'errors_count'))


def ask(driver: Any, machine: Any) -> Any:
    """What a client gets of what the host answers over RPC."""
    return ask_about(driver, machine.config.instanceUuid)


def ask_about(driver: Any, uuid: str) -> Any:
    from nova_ext.api.views import diagnostics as view
    from nova_ext.objects import diagnostics

    [endpoint] = driver.endpoints
    answer = endpoint.get_diagnostics(None, server(uuid), '1.0')
    return view.show(diagnostics.Diagnostics.obj_from_primitive(answer))


def server(uuid: str) -> Any:
    """The server of a virtual machine."""
    from nova import objects

    return objects.Instance(uuid=uuid, vm_state='active', power_state=1)


def nics_of(vcenter: Vcenter, machine: Any) -> list[Any]:
    return [
        {**NIC, 'mac_address': device.macAddress.lower(),
         'rx_rate': 1024 * vcenter.sample(machine, 'net.bytesRx.average', device.key),
         'tx_rate': 1024 * vcenter.sample(machine, 'net.bytesTx.average', device.key)}
        for device in machine.config.hardware.device
        if isinstance(device, vim.vm.device.VirtualEthernetCard)]


def test_each_figure_is_vcenters_and_each_other_is_null(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    statistics = machine.summary.quickStats
    [nic] = nics_of(vcenter, machine)
    assert nic['rx_rate'] > 100000 and statistics.uptimeSeconds > 5000
    assert machine.runtime.host.config.product.productLineId == 'embeddedEsx'
    used = vcenter.sample(machine, 'cpu.used.summation', 0)
    assert ask(driver, machine) == {
        'state': 'running', 'driver': 'vmwareapi', 'hypervisor': 'vmware',
        'hypervisor_os': 'esxi', 'uptime': statistics.uptimeSeconds,
        'num_cpus': machine.config.hardware.numCPU, 'num_nics': 1,
        'num_disks': machine.summary.config.numVirtualDisks,
        'cpu_details': [{'id': 0, 'time': None, 'utilisation': round(used / 200)}],
        'nic_details': [nic], 'disk_details': [DISK],
        'memory_details': {'maximum': machine.summary.config.memorySizeMB,
                           'used': statistics.guestMemoryUsage},
        'config_drive': False}


def test_devices_that_are_added_are_told(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    add_devices(machine)
    assert machine.config.hardware.numCPU == 4
    known = ask(driver, machine)
    assert (known['num_cpus'], known['num_nics'], known['num_disks']) == (4, 2, 2)
    assert known['nic_details'] == nics_of(vcenter, machine)
    assert known['nic_details'][1]['mac_address'] == '00:50:56:aa:bb:cc'
    assert [cpu['utilisation'] for cpu in known['cpu_details']] == [
        min(100, round(vcenter.sample(machine, 'cpu.used.summation', number) / 200))
        for number in range(4)]
    assert known['cpu_details'][1]['utilisation'] == 100
    assert known['disk_details'] == [DISK, DISK]


@pytest.mark.parametrize(('operation', 'state'), [
    ('PowerOffVM_Task', 'shutdown'), ('SuspendVM_Task', 'suspended')])
def test_server_that_does_not_run_has_its_state_and_devices(
        driver: Any, vcenter: Vcenter, operation: str, state: str) -> None:
    machine = vcenter.take()
    before = vcenter.control()['queries']
    finish(getattr(machine, operation)())
    known = ask(driver, machine)
    # vCenter still has the last figures.
    assert machine.summary.quickStats.uptimeSeconds > 5000
    assert (known['state'], known['uptime']) == (state, None)
    assert known['memory_details'] == {
        'maximum': machine.summary.config.memorySizeMB, 'used': None}
    assert known['cpu_details'] == [{'id': 0, 'time': None, 'utilisation': None}]
    assert [{**nic, 'mac_address': None} for nic in known['nic_details']] == [NIC]
    assert vcenter.control()['queries'] == before


def test_server_without_a_machine_is_pending(driver: Any) -> None:
    known = ask_about(driver, '0d9bd4fe-3b9c-4b6e-a3f3-6d4fdd1a7f5c')
    assert known.pop('state') == 'pending'
    assert known.pop('driver') == 'vmwareapi'
    assert set(known.values()) == {None}


def test_server_whose_machine_is_gone_is_pending(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    uuid = machine.config.instanceUuid
    assert ask(driver, machine)['state'] == 'running'
    finish(machine.PowerOffVM_Task())
    finish(machine.Destroy_Task())
    assert ask_about(driver, uuid)['state'] == 'pending'


@pytest.mark.parametrize('mode', ['refuse', 'none', 'untaken'])
def test_rest_is_told_when_the_performance_manager_has_nothing(
        driver: Any, vcenter: Vcenter, mode: str) -> None:
    machine = vcenter.take()
    with vcenter.performance(mode):
        known = ask(driver, machine)
    assert (known['state'], known['uptime']) == (
        'running', machine.summary.quickStats.uptimeSeconds)
    assert [cpu['utilisation'] for cpu in known['cpu_details']] == [None]
    assert [{**nic, 'mac_address': None} for nic in known['nic_details']] == [NIC]


def test_performance_manager_is_asked_once(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    before = vcenter.control()['queries']
    ask(driver, machine)
    assert vcenter.control()['queries'] == before + 1


def test_novas_own_diagnostics_have_the_same_figures(driver: Any, vcenter: Vcenter) -> None:
    machine = vcenter.take()
    known = ask(driver, machine)
    answer = driver.get_instance_diagnostics(
        server(machine.config.instanceUuid))
    assert (answer.state, answer.driver, answer.hypervisor, answer.uptime) == (
        'running', 'vmwareapi', 'vmware', known['uptime'])
    assert [cpu.utilisation for cpu in answer.cpu_details] == [
        cpu['utilisation'] for cpu in known['cpu_details']]
    assert answer.nic_details[0].rx_rate == known['nic_details'][0]['rx_rate']
    assert answer.memory_details.used == known['memory_details']['used']
    assert (answer.num_cpus, answer.num_nics, answer.num_disks) == (1, 1, 1)


def test_vcenter_that_hangs_is_answered_within_the_bound(driver: Any, vcenter: Vcenter) -> None:
    from nova import exception as nova_exception

    machine = vcenter.take()
    instance = server(machine.config.instanceUuid)
    assert driver.get_instance_diagnostics(instance).state == 'running'
    vcenter.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(nova_exception.HypervisorUnavailable):
            driver.get_instance_diagnostics(instance)
        assert conftest.TIMEOUT - 0.1 < time.monotonic() - began < conftest.TIMEOUT + 5
    finally:
        vcenter.process.send_signal(signal.SIGCONT)
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


def test_what_is_private_of_nova_is_as_expected(driver: Any) -> None:
    from nova_ext.nova_compat import check, vmware

    assert set(vmware.INTERNALS) <= set(check.INTERNALS)
    assert check.differences() == []


def test_overrides_have_the_signatures_of_novas_methods(driver: Any) -> None:
    import inspect

    stock = type(driver).__mro__[2]
    assert stock.__name__ == 'VMwareVCDriver'
    for name in ('__init__', 'init_host', 'get_instance_diagnostics'):
        assert inspect.signature(getattr(type(driver), name)) == inspect.signature(
            getattr(stock, name))
