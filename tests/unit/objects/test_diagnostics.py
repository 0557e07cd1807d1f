# SPDX-License-Identifier: Apache-2.0
"""The versioned object and its older versions."""

from __future__ import annotations

import json
from typing import Any

import ddt
from oslo_versionedobjects import exception as ovo_exception

from nova_ext.objects import diagnostics, states
from tests.unit import base, support


def make_diagnostics() -> diagnostics.Diagnostics:
    return diagnostics.Diagnostics(
        state='paused', driver='libvirt', hypervisor='qemu', hypervisor_os='debian', uptime=0,
        num_cpus=2, num_nics=1, num_disks=1,
        cpu_details=[diagnostics.CpuDiagnostics(id=number, time=2**63, utilisation=None)
                     for number in range(2)],
        nic_details=[diagnostics.NicDiagnostics(
            **{**dict.fromkeys(diagnostics.NicDiagnostics.fields), 'rx_octets': 2**64})],
        disk_details=[diagnostics.DiskDiagnostics(
            **dict.fromkeys(diagnostics.DiskDiagnostics.fields, 1))],
        memory_details=diagnostics.MemoryDiagnostics(maximum=128, used=None),
        config_drive=True)


@ddt.ddt
class TestDiagnostics(base.TestCase):
    @ddt.data(
        make_diagnostics(), diagnostics.Diagnostics.unknown(),
        diagnostics.Diagnostics.unknown(state='crashed', driver='libvirt'))
    def test_object_is_received_as_it_was_sent(self, sent: diagnostics.Diagnostics) -> None:
        wire = json.dumps(sent.obj_to_primitive(target_version=sent.VERSION))
        received = diagnostics.Diagnostics.obj_from_primitive(json.loads(wire))
        self.assertEqual(support.values(sent), support.values(received))

    def test_object_of_a_later_version_is_refused(self) -> None:
        primitive = make_diagnostics().obj_to_primitive()
        primitive['nova_ext_object.version'] = '1.99'
        with self.assert_raises(ovo_exception.IncompatibleObjectVersion):
            diagnostics.Diagnostics.obj_from_primitive(primitive)

    @ddt.data(*states.REASONS)
    def test_every_documented_reason_is_accepted(self, reason: str) -> None:
        self.assertEqual(reason, diagnostics.Diagnostics(state_reason=reason).state_reason)

    def test_other_reason_raises(self) -> None:
        with self.assert_raises(ValueError, 'bored'):
            diagnostics.Diagnostics(state_reason='bored')

    @ddt.data(*states.STATES)
    def test_every_state_of_the_specification_is_accepted(self, state: str) -> None:
        self.assertEqual(state, diagnostics.Diagnostics.unknown(state=state).state)

    def test_other_state_raises(self) -> None:
        with self.assert_raises(ValueError, 'sleeping'):
            diagnostics.Diagnostics.unknown(state='sleeping')

    def test_every_field_of_unknown_diagnostics_is_set(self) -> None:
        unknown = diagnostics.Diagnostics.unknown(driver='libvirt')
        self.assertEqual(
            {**dict.fromkeys(diagnostics.Diagnostics.fields), 'driver': 'libvirt'},
            {name: getattr(unknown, name) for name in unknown.fields})

    @ddt.data(
        diagnostics.Diagnostics, diagnostics.CpuDiagnostics, diagnostics.NicDiagnostics,
        diagnostics.DiskDiagnostics, diagnostics.MemoryDiagnostics)
    def test_every_field_may_be_unknown(self, cls: type[diagnostics.Diagnostics]) -> None:
        self.assertEqual(
            [], [name for name, field in cls.fields.items() if not field.nullable])

    def test_fields_that_are_not_given_are_unknown(self) -> None:
        cpu = diagnostics.CpuDiagnostics(id=0, time=5)
        self.assertEqual(
            {'id': 0, 'time': 5, 'utilisation': None, 'wait': None, 'delay': None},
            support.values(cpu))


#: The names of the fields in version 1.0, which never change.
FIELDS_1_0 = {
    'NovaExtDiagnostics': {
        'state', 'driver', 'hypervisor', 'hypervisor_os', 'uptime', 'num_cpus', 'num_nics',
        'num_disks', 'cpu_details', 'nic_details', 'disk_details', 'memory_details',
        'config_drive'},
    'NovaExtCpuDiagnostics': {'id', 'time', 'utilisation'},
    'NovaExtNicDiagnostics': {
        'mac_address', 'rx_octets', 'rx_errors', 'rx_drop', 'rx_packets', 'rx_rate', 'tx_octets',
        'tx_errors', 'tx_drop', 'tx_packets', 'tx_rate'},
    'NovaExtDiskDiagnostics': {
        'read_bytes', 'read_requests', 'write_bytes', 'write_requests', 'errors_count'},
    'NovaExtMemoryDiagnostics': {'maximum', 'used'},
}


class TestVersions(base.TestCase):
    """API and compute hosts are upgraded in any order."""

    def assert_all_of_version_1_0(self, primitive: dict[str, Any]) -> None:
        """Assert that an object and its parts have the version and the fields of 1.0."""
        self.assertEqual('1.0', primitive['nova_ext_object.version'])
        data = primitive['nova_ext_object.data']
        self.assertEqual(FIELDS_1_0[primitive['nova_ext_object.name']], set(data))
        for value in data.values():
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, dict):
                    self.assert_all_of_version_1_0(part)

    def test_older_api_gets_version_1_0_in_every_part(self) -> None:
        self.assert_all_of_version_1_0(
            make_diagnostics().obj_to_primitive(target_version='1.0'))

    def test_newest_version_has_everything(self) -> None:
        sent = make_diagnostics()
        sent.state_reason, sent.guest_agent = 'io_error', False
        sent.disk_details[0].device = 'vda'
        primitive = sent.obj_to_primitive(target_version='1.1')
        self.assertEqual(primitive, sent.obj_to_primitive())
        received = diagnostics.Diagnostics.obj_from_primitive(primitive)
        self.assertEqual(support.values(sent), support.values(received))

    def test_what_an_older_host_does_not_send_is_unknown(self) -> None:
        sent = make_diagnostics()
        received = diagnostics.Diagnostics.obj_from_primitive(
            sent.obj_to_primitive(target_version='1.0'))
        self.assertEqual('1.0', received.VERSION)
        self.assertEqual(2**63, received.cpu_details[0].time)
        for part in (received, received.cpu_details[0], received.nic_details[0],
                     received.disk_details[0]):
            for name in part.ADDED['1.1']:
                self.assertIsNone(getattr(part, name), name)
