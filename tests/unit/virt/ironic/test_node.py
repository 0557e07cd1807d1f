# SPDX-License-Identifier: Apache-2.0
"""A node, its ports and its inventory."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import ddt
from oslo_utils import fixture as oslo_fixture

from nova_ext.virt.ironic import node
from tests.unit import base

UNKNOWN = node.Node(**dict.fromkeys(field.name for field in dataclasses.fields(node.Node)))

NOW = datetime.datetime(2026, 11, 26, 12, 0, 0, tzinfo=datetime.timezone.utc)

SHOWN = {
    'uuid': 'one', 'power_state': 'power on', 'maintenance': False,
    'properties': {'cpus': '4', 'memory_mb': 8192, 'local_gb': 100},
    'instance_info': {'configdrive': '******'},
    'driver_internal_info': {'last_power_state_change': '2026-11-26T11:59:00.500000'}}

PORTS = [{'address': '52:54:00:AA:BB:01'}, {'address': '52:54:00:aa:bb:02'}]

#: What stands for the inventory of a node that has none.
NONE: dict[str, Any] = {}

INVENTORY = {
    'cpu': {'count': 16}, 'memory': {'physical_mb': 65536}, 'disks': [{}, {}],
    'interfaces': [{'mac_address': '52:54:00:AA:BB:03'}, {'name': 'ib0', 'mac_address': None}]}


def parse(ports: Any = PORTS, inventory: Any = NONE, **values: Any) -> node.Node:
    return node.parse({**SHOWN, **values}, ports, inventory)


@ddt.ddt
class TestNode(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(oslo_fixture.TimeFixture(NOW))

    def test_everything_is_read_of_a_machine_that_was_inspected(self) -> None:
        self.assertEqual(
            node.Node(
                state='running', uptime=59, num_cpus=16,
                mac_addresses=('52:54:00:aa:bb:01', '52:54:00:aa:bb:02'), num_disks=2,
                memory=65536, config_drive=True),
            parse(inventory=INVENTORY))

    def test_properties_are_read_without_an_inventory(self) -> None:
        found = parse()
        self.assertEqual((4, 8192, None), (found.num_cpus, found.memory, found.num_disks))

    def test_properties_are_no_substitute_for_an_inventory_that_ironic_does_not_tell(
            self) -> None:
        found = parse(inventory=None)
        self.assertEqual(('running', None, None, None), (
            found.state, found.num_cpus, found.memory, found.num_disks))
        self.assertEqual(2, len(found.mac_addresses or ()))

    def test_nothing_is_known_without_fields(self) -> None:
        self.assertEqual(UNKNOWN, node.parse({}, None, None))
        self.assertEqual(UNKNOWN, node.parse({}, [], {}))

    def test_nothing_is_known_of_fields_that_are_null(self) -> None:
        self.assertEqual(UNKNOWN, node.parse(dict.fromkeys(node.FIELDS), [], {
            'cpu': None, 'memory': None, 'disks': None, 'interfaces': None}))

    def test_nothing_is_known_of_redacted_fields(self) -> None:
        redacted = {'content': '** Redacted - Requires baremetal:node:get permission. **'}
        found = parse(instance_info=redacted, driver_internal_info=redacted)
        self.assertEqual(('running', None, None), (
            found.state, found.uptime, found.config_drive))

    @ddt.data(('power off', 'shutdown'), ('error', None), (None, None), ('rebooting', None))
    @ddt.unpack
    def test_what_does_not_run_has_no_uptime(self, power: Any, state: Any) -> None:
        found = parse(power_state=power, inventory=INVENTORY)
        self.assertEqual((state, None, 16, 2), (
            found.state, found.uptime, found.num_cpus, found.num_disks))

    def test_state_of_a_node_in_maintenance_is_unknown(self) -> None:
        found = parse(maintenance=True)
        self.assertEqual((None, None, 4), (found.state, found.uptime, found.num_cpus))

    @ddt.data('2026-11-26T11:59:00', '2026-11-26T11:59:00Z', '2026-11-26T12:59:00+01:00')
    def test_time_is_utc_unless_it_says_otherwise(self, text: str) -> None:
        self.assertEqual(60, parse(
            driver_internal_info={'last_power_state_change': text}).uptime)

    @ddt.data('2026-11-26T12:00:01', 'yesterday', '', 7, None)
    def test_uptime_is_unknown_when_the_time_makes_no_sense(self, value: Any) -> None:
        self.assertIsNone(parse(driver_internal_info={'last_power_state_change': value}).uptime)

    @ddt.data(0, -1, '', 'many', None, [], 1e400, 10 ** 20)
    def test_count_that_makes_no_sense_is_unknown(self, value: Any) -> None:
        found = parse(properties={'cpus': value, 'memory_mb': value})
        self.assertEqual((None, None), (found.num_cpus, found.memory))

    def test_inventory_that_makes_no_sense_gives_way_to_properties(self) -> None:
        found = parse(inventory={
            'cpu': {'count': 0}, 'memory': {'physical_mb': None}, 'disks': 'none'})
        self.assertEqual((4, 8192, None), (found.num_cpus, found.memory, found.num_disks))

    def test_machine_without_disks_has_none(self) -> None:
        self.assertEqual(0, parse(inventory={**INVENTORY, 'disks': []}).num_disks)

    def test_nics_of_a_node_without_ports_are_those_of_its_inventory(self) -> None:
        self.assertEqual(
            ('52:54:00:aa:bb:03',), parse(ports=[], inventory=INVENTORY).mac_addresses)

    def test_nics_are_unknown_without_either(self) -> None:
        self.assertIsNone(parse(ports=[]).mac_addresses)

    def test_port_without_an_address_is_no_nic(self) -> None:
        self.assertEqual(
            ('52:54:00:aa:bb:01',), parse(ports=[{}, None, *PORTS[:1]]).mac_addresses)

    def test_nics_are_unknown_when_ironic_does_not_tell_the_ports(self) -> None:
        self.assertIsNone(parse(ports=None, inventory=INVENTORY).mac_addresses)

    def test_server_without_a_configuration_drive_has_none(self) -> None:
        self.assertIs(False, parse(instance_info={'image_source': 'image'}).config_drive)
