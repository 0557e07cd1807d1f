# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import json

import pytest
from oslo_versionedobjects import exception as ovo_exception

from nova_ext.objects import diagnostics
from tests.unit import support


def known() -> diagnostics.Diagnostics:
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


@pytest.mark.parametrize('sent', [
    known(), diagnostics.Diagnostics.unknown(),
    diagnostics.Diagnostics.unknown(state='crashed', driver='libvirt')])
def test_what_is_sent_arrives(sent: diagnostics.Diagnostics) -> None:
    wire = json.dumps(sent.obj_to_primitive(target_version='1.0'))
    arrived = diagnostics.Diagnostics.obj_from_primitive(json.loads(wire))
    assert support.values(arrived) == support.values(sent)


def test_an_object_from_the_future_is_refused_and_not_misread() -> None:
    primitive = known().obj_to_primitive()
    primitive['nova_ext_object.version'] = '1.99'
    with pytest.raises(ovo_exception.IncompatibleObjectVersion):
        diagnostics.Diagnostics.obj_from_primitive(primitive)


@pytest.mark.parametrize('state', diagnostics.STATES)
def test_every_state_of_the_specification_can_be_told(state: str) -> None:
    assert diagnostics.Diagnostics.unknown(state=state).state == state


def test_another_state_cannot() -> None:
    with pytest.raises(ValueError, match='sleeping'):
        diagnostics.Diagnostics.unknown(state='sleeping')


def test_unknown_sets_every_field_so_that_all_can_be_read() -> None:
    answer = diagnostics.Diagnostics.unknown(driver='libvirt')
    assert {name: getattr(answer, name) for name in answer.fields} == {
        **dict.fromkeys(diagnostics.Diagnostics.fields), 'driver': 'libvirt'}


@pytest.mark.parametrize('cls', [
    diagnostics.Diagnostics, diagnostics.CpuDiagnostics, diagnostics.NicDiagnostics,
    diagnostics.DiskDiagnostics, diagnostics.MemoryDiagnostics])
def test_every_field_may_be_unknown(cls: type[diagnostics.Diagnostics]) -> None:
    assert all(field.nullable for field in cls.fields.values())
