# SPDX-License-Identifier: Apache-2.0
"""Each figure compared with what ironic says to openstacksdk, which Nova has no part in."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from sandbox.client import bare_metal
from tests.ironic import conftest, expected, service


@pytest.fixture(scope='module')
def server(inspected: bare_metal.Machine) -> str:
    """The UUID of a server on the inspected machine, with a configuration drive."""
    return inspected.deploy(config_drive='H4sIAAAAAAAA/wMAAAAAAAAAAAA=')


def instance(server_uuid: str) -> Any:
    """A nova.objects.Instance."""
    from nova import objects

    return objects.Instance(uuid=server_uuid, project_id='a' * 32, host='host1')


def ask(driver: Any, server_uuid: str) -> dict[str, Any]:
    """What a client of 1.0 gets of what a host answers over RPC."""
    from nova_ext.api.views import diagnostics as view
    from nova_ext.objects import diagnostics

    endpoint, _ = driver.endpoints
    answer = endpoint.get_diagnostics(None, instance(server_uuid), '1.0')
    known = diagnostics.Diagnostics.obj_from_primitive(answer)
    return view.show(known, lambda version: False)


def test_each_figure_is_ironics_and_each_other_is_null(
        driver: Any, inspected: bare_metal.Machine, server: str) -> None:
    node = inspected.node
    assert node.instance_id == server and node.instance_info['configdrive']
    assert inspected.inventory['cpu']['count'] != node.properties['cpus']
    known = ask(driver, server)
    uptime = expected.uptime(inspected)
    assert uptime - 5 <= known.pop('uptime') <= uptime
    assert known == expected.of_machine(inspected, config_drive=True)


def test_answer_about_many_servers_is_that_about_each(
        driver: Any, inspected: bare_metal.Machine, server: str) -> None:
    from nova_ext.api.views import diagnostics as view
    from nova_ext.compute import host_diagnostics

    unknown = '0d9bd4fe-3b9c-4b6e-a3f3-6d4fdd1a7f5c'
    _, endpoint = driver.endpoints
    found, _ = host_diagnostics.decode(
        endpoint.get_host_diagnostics(None, [server, unknown], '1.1'))
    assert {uuid: one.responding for uuid, one in found.items()} == {server: True, unknown: True}
    shown = view.show(found[server].diagnostics, lambda version: version != '1.2')
    single = ask(driver, server)
    assert abs(shown.pop('uptime') - single.pop('uptime')) <= 3
    assert shown == single
    assert found[unknown].diagnostics.state == 'pending'


def test_uptime_begins_when_ironic_switches_the_machine_on(
        driver: Any, inspected: bare_metal.Machine, server: str) -> None:
    inspected.set_power('power off')
    known = ask(driver, server)
    assert (known['state'], known['uptime'], known['num_cpus']) == ('shutdown', None, 16)
    inspected.set_power('power on')
    first = ask(driver, server)
    assert first['state'] == 'running' and 0 <= first['uptime'] <= 10
    time.sleep(1.1)
    assert 1 <= ask(driver, server)['uptime'] - first['uptime'] <= 3


def test_state_is_unknown_while_the_node_is_in_maintenance(
        driver: Any, inspected: bare_metal.Machine, server: str) -> None:
    inspected.proxy.set_node_maintenance(inspected.id, 'a technician works on it')
    try:
        known = ask(driver, server)
    finally:
        inspected.proxy.unset_node_maintenance(inspected.id)
    assert (known['state'], known['uptime'], known['num_disks']) == (None, None, 2)
    assert ask(driver, server)['state'] == 'running'


def test_properties_are_told_of_a_node_without_an_inventory(
        driver: Any, ironic: service.Ironic) -> None:
    machine = bare_metal.Machine.enroll(
        ironic.proxy, properties=conftest.PROPERTIES, addresses=[bare_metal.new_address()])
    machine.provide()
    known = ask(driver, machine.deploy())
    properties = machine.node.properties
    assert (known['num_cpus'], known['memory_details']['maximum']) == (
        properties['cpus'], properties['memory_mb'])
    assert known['nic_details'] == [{**expected.NIC, 'mac_address': machine.addresses[0]}]
    assert (known['num_disks'], known['disk_details'], known['config_drive']) == (
        None, None, False)


def test_all_but_the_state_is_unknown_of_a_node_of_which_nothing_is_known(
        driver: Any, ironic: service.Ironic) -> None:
    machine = bare_metal.Machine.enroll(ironic.proxy)
    machine.provide()
    known = ask(driver, machine.deploy())
    assert (known.pop('state'), known.pop('driver'), known.pop('config_drive')) == (
        'running', 'ironic', False)
    assert known.pop('memory_details') == {'maximum': None, 'used': None}
    assert known.pop('uptime') is not None
    assert set(known.values()) == {None}


def test_server_without_a_node_is_pending(driver: Any) -> None:
    known = ask(driver, str(uuid.uuid4()))
    assert (known.pop('state'), known.pop('driver')) == ('pending', 'ironic')
    assert set(known.values()) == {None}


def test_server_that_left_its_node_is_pending(driver: Any, ironic: service.Ironic) -> None:
    machine = bare_metal.Machine.enroll(ironic.proxy)
    machine.provide()
    server = machine.deploy()
    assert ask(driver, server)['state'] == 'running'
    machine.proxy.set_node_provision_state(
        machine.id, 'deleted', wait=True, timeout=bare_metal.TIMEOUT)
    assert ask(driver, server)['state'] == 'pending'


def test_three_requests_are_made_for_one(
        driver: Any, ironic: service.Ironic, inspected: bare_metal.Machine, server: str) -> None:
    ask(driver, server)
    before = len(ironic.requests())
    ask(driver, server)
    node, *parts = ironic.requests()[before:]
    assert node.startswith(f'GET /v1/nodes?instance_uuid={server}&fields=uuid')
    assert sorted(parts) == [
        f'GET /v1/nodes/{inspected.id}/inventory',
        f'GET /v1/ports?node={inspected.id}&fields=address']


def test_novas_own_diagnostics_have_the_same_figures(driver: Any, server: str) -> None:
    known = ask(driver, server)
    answer = driver.get_instance_diagnostics(instance(server))
    assert (answer.state, answer.driver, answer.num_cpus, answer.num_nics, answer.num_disks) == (
        'running', 'ironic', known['num_cpus'], known['num_nics'], known['num_disks'])
    assert answer.memory_details.maximum == known['memory_details']['maximum']


def test_ironic_that_hangs_is_answered_within_the_bound(
        driver: Any, ironic: service.Ironic, server: str) -> None:
    from nova import exception as nova_exception

    assert ask(driver, server)['state'] == 'running'
    with ironic.stopped(ironic.api):
        began = time.monotonic()
        with pytest.raises(nova_exception.HypervisorUnavailable):
            driver.get_instance_diagnostics(instance(server))
        assert conftest.TIMEOUT - 0.1 < time.monotonic() - began < conftest.TIMEOUT + 5
    deadline = time.monotonic() + 60
    while not _is_answered(driver, server):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _is_answered(driver: Any, server: str) -> bool:
    from nova import exception as nova_exception

    try:
        return bool(driver.get_instance_diagnostics(instance(server)).state == 'running')
    except nova_exception.HypervisorUnavailable:
        return False


def test_no_machine_is_asked(driver: Any, ironic: service.Ironic, server: str) -> None:
    with ironic.stopped(ironic.conductor):  # which alone talks to them
        known = ask(driver, server)
    assert (known['state'], known['num_cpus'], known['num_nics']) == ('running', 16, 3)
