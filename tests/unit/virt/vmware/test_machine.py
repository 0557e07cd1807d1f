# SPDX-License-Identifier: Apache-2.0
"""A virtual machine's properties."""

from __future__ import annotations

import dataclasses
import types
from typing import Any

import ddt

from nova_ext.virt.vmware import machine, performance
from tests.unit import base
from tests.unit.virt.vmware import properties

UNKNOWN = machine.Machine(**dict.fromkeys(
    field.name for field in dataclasses.fields(machine.Machine)))


@ddt.ddt
class TestMachine(base.TestCase):
    def test_everything_is_read_of_a_machine_that_runs(self) -> None:
        self.assertEqual(
            machine.Machine(
                state='running', hypervisor_os='esxi', uptime=5400, num_cpus=2,
                nics=(machine.Nic('4000', '00:0c:29:33:34:38'),), num_disks=1, memory=512,
                used_memory=11, config_drive=False),
            machine.parse(properties.running()))

    def test_nothing_is_known_without_properties(self) -> None:
        self.assertEqual(UNKNOWN, machine.parse({}))

    def test_nothing_is_known_of_empty_properties(self) -> None:
        empty = machine.parse(dict.fromkeys(
            (*machine.PROPERTIES, machine.HOST_PROPERTY), properties.data('Empty')))
        self.assertEqual(
            dataclasses.replace(UNKNOWN, nics=(), num_disks=0, config_drive=False), empty)

    @ddt.data(('poweredOff', 'shutdown'), ('suspended', 'suspended'), ('new', None))
    @ddt.unpack
    def test_what_does_not_run_has_no_figures(self, power: str, state: Any) -> None:
        found = machine.parse(properties.running(runtime=properties.runtime(powerState=power)))
        self.assertEqual((state, None, None, []),
                         (found.state, found.uptime, found.used_memory, found.figures))
        self.assertEqual((2, 1, 512), (found.num_cpus, found.num_disks, found.memory))

    def test_paused_machine_is_paused(self) -> None:
        found = machine.parse(properties.running(runtime=properties.runtime(paused=True)))
        self.assertEqual(('paused', []), (found.state, found.figures))

    @ddt.data('disconnected', 'inaccessible', 'orphaned', 'invalid')
    def test_what_a_lost_host_said_last_is_not_told(self, connection: str) -> None:
        found = machine.parse(properties.running(
            runtime=properties.runtime(connectionState=connection)))
        self.assertEqual((None, None, None, []),
                         (found.state, found.uptime, found.used_memory, found.figures))

    def test_statistics_of_0_are_not_there_yet(self) -> None:
        found = machine.parse(properties.running(**{
            'summary.quickStats': types.SimpleNamespace(uptimeSeconds=0, guestMemoryUsage=0)}))
        self.assertEqual((None, None), (found.uptime, found.used_memory))

    @ddt.data(('embeddedEsx', 'esxi'), ('esx', 'esx'), ('gsx', None), (None, None))
    @ddt.unpack
    def test_operating_system_is_the_host_s(self, line: Any, expected: Any) -> None:
        found = machine.parse(properties.running(**{
            'config.product': types.SimpleNamespace(productLineId=line)}))
        self.assertEqual(expected, found.hypervisor_os)

    @ddt.data(('VirtualCdrom', '[ds] 1b4c/configdrive.iso', True),
              ('VirtualCdrom', '[ds] 1b4c/myconfigdrive.iso', False),
              ('VirtualCdrom', '[ds] install.iso', False),
              ('VirtualFloppy', '[ds] configdrive.iso', False))
    @ddt.unpack
    def test_configuration_drive_is_known_by_its_image(
            self, kind: str, image: str, expected: bool) -> None:
        drive = properties.data(kind, key=3001, backing=properties.data('Iso', fileName=image))
        found = machine.parse(properties.running(**{
            'config.hardware': properties.hardware(drive)}))
        self.assertEqual((expected, 1), (found.config_drive, found.num_disks))

    def test_figures_are_of_each_vcpu_and_nic(self) -> None:
        self.assertEqual(
            [performance.Figure(performance.CPU_USED, '0'),
             performance.Figure(performance.CPU_USED, '1'),
             performance.Figure(performance.NIC_RECEIVED, '4000'),
             performance.Figure(performance.NIC_SENT, '4000')],
            machine.parse(properties.running()).figures)
