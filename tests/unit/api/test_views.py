# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from nova_ext.api.views import diagnostics as diagnostics_view
from nova_ext.objects import diagnostics

KEYS = list(diagnostics.Diagnostics.fields)


class TestDiagnostics:
    """What an older compute host does not send is unknown, as is what nobody knows."""

    def test_a_field_that_is_not_set_is_null_and_in_its_place(self) -> None:
        body = diagnostics_view.show(diagnostics.Diagnostics(config_drive=False, state='running'))
        assert body == {**dict.fromkeys(KEYS), 'state': 'running', 'config_drive': False}
        assert list(body) == KEYS

    def test_so_is_one_of_a_part(self) -> None:
        body = diagnostics_view.show(diagnostics.Diagnostics(
            cpu_details=[diagnostics.CpuDiagnostics(id=0), diagnostics.CpuDiagnostics(time=5)],
            nic_details=[], disk_details=[diagnostics.DiskDiagnostics()],
            memory_details=diagnostics.MemoryDiagnostics(maximum=128)))
        assert body == {
            **dict.fromkeys(KEYS),
            'cpu_details': [{'id': 0, 'time': None, 'utilisation': None},
                            {'id': None, 'time': 5, 'utilisation': None}],
            'nic_details': [],
            'disk_details': [dict.fromkeys(diagnostics.DiskDiagnostics.fields)],
            'memory_details': {'maximum': 128, 'used': None}}

    def test_of_what_arrived_without_it_too(self) -> None:
        sent = diagnostics.Diagnostics(
            state='running', memory_details=diagnostics.MemoryDiagnostics(used=40))
        arrived = diagnostics.Diagnostics.obj_from_primitive(sent.obj_to_primitive())
        assert diagnostics_view.show(arrived) == {
            **dict.fromkeys(KEYS), 'state': 'running',
            'memory_details': {'maximum': None, 'used': 40}}

    def test_nothing_and_no_are_not_null(self) -> None:
        body = diagnostics_view.show(diagnostics.Diagnostics(
            uptime=0, config_drive=False, num_nics=0, nic_details=[]))
        assert {key: value for key, value in body.items() if value is not None} == {
            'uptime': 0, 'config_drive': False, 'num_nics': 0, 'nic_details': []}
