# SPDX-License-Identifier: Apache-2.0
"""The versioned object and its older versions."""

from __future__ import annotations

import json

import ddt
from oslo_versionedobjects import exception as ovo_exception

from nova_ext.objects import diagnostics
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
        wire = json.dumps(sent.obj_to_primitive(target_version='1.0'))
        received = diagnostics.Diagnostics.obj_from_primitive(json.loads(wire))
        self.assertEqual(support.values(sent), support.values(received))

    def test_object_of_a_later_version_is_refused(self) -> None:
        primitive = make_diagnostics().obj_to_primitive()
        primitive['nova_ext_object.version'] = '1.99'
        with self.assert_raises(ovo_exception.IncompatibleObjectVersion):
            diagnostics.Diagnostics.obj_from_primitive(primitive)

    @ddt.data(*diagnostics.STATES)
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
