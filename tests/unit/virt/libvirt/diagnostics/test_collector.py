# SPDX-License-Identifier: Apache-2.0
"""The collector over libvirt's own test driver: running guests, errors, unformatted figures."""

from __future__ import annotations

from typing import Any

import ddt
import libvirt
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.objects import diagnostics as objects
from nova_ext.virt import host_os
from nova_ext.virt.libvirt.diagnostics import domain_stats, readings
from nova_ext.virt.libvirt.metadata import element
from tests.fixtures.libvirt import libvirt_error
from tests.unit import support
from tests.unit.virt.libvirt import base
from tests.unit.virt.libvirt.metadata import fakes


class TestRunningGuest(base.CollectorTestCase):
    def test_fields_that_need_no_counters_are_filled(self) -> None:
        found = self.collect()
        self.assertEqual(
            ('running', 'libvirt', 'test'), (found.state, found.driver, found.hypervisor))
        self.assertTrue(found.hypervisor_os)
        self.assertEqual((2, 1, 2), (found.num_cpus, found.num_nics, found.num_disks))
        self.assertIs(True, found.config_drive)
        self.assertEqual(128, found.memory_details.maximum)

    def test_every_vcpu_has_its_time_and_utilisation(self) -> None:
        cpus = self.collect().cpu_details
        self.assertEqual([0, 1], [cpu.id for cpu in cpus])
        for cpu in cpus:
            self.assertGreaterEqual(cpu.time, 0)
            self.assertIn(cpu.utilisation, range(101))

    def test_every_disk_has_its_counters(self) -> None:
        disks = self.collect().disk_details
        self.assertEqual(2, len(disks))
        for disk in disks:
            self.assertGreaterEqual(disk.read_bytes, 0)
            self.assertGreaterEqual(disk.write_requests, 0)

    def test_every_nic_has_its_counters_and_rates(self) -> None:
        sent = iter([1000, 3000])
        self.patch(domain_stats, 'quick', lambda *arguments: {
            'state.state': 1, 'state.reason': 1, 'net.0.name': 'tap1',
            'net.0.rx.bytes': 7, 'net.0.tx.bytes': next(sent), 'net.0.tx.drop': 3})
        nic, = self.collect().nic_details
        self.assertEqual('fa:16:3e:00:00:01', nic.mac_address)
        self.assertEqual(
            (7, 3000, 3, None), (nic.rx_octets, nic.tx_octets, nic.tx_drop, nic.rx_errors))
        self.assertEqual([0.5], self.clock.naps)
        self.assertEqual((0, 4000), (nic.rx_rate, nic.tx_rate))

    def test_nic_without_counters_is_listed(self) -> None:
        self.patch(domain_stats, 'quick', lambda *arguments: {'state.state': 1, 'state.reason': 1})
        found = self.collect()
        self.assertEqual(1, found.num_nics)
        nic, = found.nic_details
        self.assertEqual(
            {**dict.fromkeys(objects.NicDiagnostics.fields), 'mac_address': 'fa:16:3e:00:00:01',
             'device': 'tap1'},
            support.values(nic))

    def test_disks_have_their_names_and_boot_order(self) -> None:
        self.assertEqual(
            [('vda', 'virtio', 0, None), ('hda', 'ide', None, None)],
            [(disk.device, disk.bus, disk.boot_index, disk.volume_id)
             for disk in self.collect().disk_details])

    def test_nic_is_the_port_that_the_record_has(self) -> None:
        self.instance = fakes.make_server(uuid=self.instance.uuid)
        nic, = self.collect().nic_details
        self.assertEqual(
            (fakes.make_vif(1)['id'], fakes.NETWORK, 'tap1'),
            (nic.port_id, nic.network_id, nic.device))

    def test_vcpus_have_what_their_threads_waited(self) -> None:
        self.show_process(age=100)
        self.processes.count_waits('1')
        for number in (0, 1):
            self.processes.show_thread(
                4321, 4322 + number, f'CPU {number}/KVM', f'5 {number + 6} 7',
                'wait_sum  :  1.000000\n')
        self.assertEqual(
            [(10**6, 6), (10**6, 7)],
            [(cpu.wait, cpu.delay) for cpu in self.collect().cpu_details])

    def test_details_are_left_out_for_a_version_without_them(self) -> None:
        self.instance = fakes.make_server(uuid=self.instance.uuid)
        self.show_process(age=100)
        self.processes.show_thread(4321, 4322, 'CPU 0/KVM', '5 6 7')
        monitor = self.use_fake_monitor()
        found = self.collector.collect(self.instance, '1.0')
        self.assertEqual(
            (None, None), (found.nic_details[0].port_id, found.cpu_details[0].delay))
        self.assertEqual([False], monitor.times_wanted)
        self.assertEqual(support.values(found.memory_details), {'maximum': 128, 'used': 59})
        self.assertIn(found.uptime, range(100, 110))

    def test_waits_of_vcpus_with_other_numbers_are_unknown(self) -> None:
        self.show_process(age=100)
        for number in (0, 2):
            self.processes.show_thread(4321, 4322 + number, f'CPU {number}/KVM', '5 6 7')
        self.assertEqual([None, None], [cpu.delay for cpu in self.collect().cpu_details])

    def test_operating_system_of_the_host_is_determined_once_when_it_is_wanted(self) -> None:
        names = iter(['ubuntu', 'debian'])
        self.patch(host_os, 'identify', lambda: next(names))
        self.make_collector(monitor_timeout=5)
        self.assertEqual('ubuntu', next(names))  # no file is read to make one
        self.assertEqual(['debian'] * 2, [self.collect().hypervisor_os for _ in range(2)])

    def test_running_guest_was_booted(self) -> None:
        self.assertEqual('booted', self.collect().state_reason)

    def test_uptime_is_that_of_the_qemu_process(self) -> None:
        self.show_process(age=100)
        self.assertIn(self.collect().uptime, range(100, 110))

    def test_diagnostics_survive_serialization(self) -> None:
        found = self.collect()
        arrived = objects.Diagnostics.obj_from_primitive(found.obj_to_primitive())
        self.assertEqual(support.values(found), support.values(arrived))


@ddt.ddt
class TestErrors(base.CollectorTestCase):
    @ddt.data(
        libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR), exception.NotResponding('no answer'))
    def test_refusal_of_libvirt_leaves_every_field_unknown_and_is_logged(
            self, error: Exception) -> None:
        self.fail_looks(error)
        self.assertEqual(
            {**self.NOTHING_KNOWN, 'driver': 'libvirt'}, support.values(self.collect()))
        record, = (record for record in self.logs.records
                   if record.name == 'nova_ext.virt.answers')
        self.assertEqual(f'Failed to read diagnostics: {error}', record.getMessage())
        self.assertIs(self.instance, vars(record)['instance'])

    def test_monitor_error_leaves_only_disks_and_memory_use_unknown(self) -> None:
        def fail(*arguments: Any, **options: Any) -> None:
            raise libvirt_error(libvirt.VIR_ERR_OPERATION_FAILED)

        self.patch(domain_stats, 'slow', fail)
        self.assert_only_monitor_is_unanswered(self.collect())
        self.assertEqual(1, self.logs.text.count('Disks and memory use are unknown'))

    def test_silent_hypervisor_is_unavailable(self) -> None:
        self.fail_looks(exception.HypervisorNotResponding('no answer'))
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.collect()

    def fail_looks(self, error: Exception) -> None:
        """Have libvirt say nothing about any guest."""
        def fail(*arguments: Any) -> None:
            raise error

        self.patch(readings.Reader, 'begin', fail)


class TestUnformatted(base.CollectorTestCase):
    def test_responsive_guest_has_every_entry(self) -> None:
        entries = self.collector.collect_legacy(self.instance)
        self.assertEqual(131072, entries['memory'])
        self.assertEqual(131072, entries['memory-actual'])
        self.assertLessEqual(
            {'cpu0_time', 'vda_read_req', 'hda_errors', 'tap1_rx'}, entries.keys())

    def test_server_without_domain_is_not_found(self) -> None:
        with self.assert_raises(nova_exception.InstanceNotFound):
            self.collector.collect_legacy(support.instance())


class TestStampStart(base.CollectorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.show_process(age=100)

    def test_start_is_written_into_the_domain(self) -> None:
        self.collector.stamp_start(self.instance)
        self.assertIn('started="', self.domain.metadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, element.NAMESPACE, 0))

    def test_server_without_domain_is_not_stamped(self) -> None:
        self.collector.stamp_start(support.instance())
        self.assertNotIn('started="', self.domain.XMLDesc(0))

    def test_guest_without_process_is_not_stamped(self) -> None:
        self.processes.pid_file(self.domain.name()).unlink()
        self.collector.stamp_start(self.instance)
        self.assertNotIn('started="', self.domain.XMLDesc(0))
