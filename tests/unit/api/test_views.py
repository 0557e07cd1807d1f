# SPDX-License-Identifier: Apache-2.0
"""Diagnostics as they are shown to clients."""

from __future__ import annotations

from nova_ext.api.views import diagnostics as diagnostics_view
from nova_ext.objects import diagnostics
from tests.unit import base

KEYS = list(diagnostics.Diagnostics.fields)


class TestDiagnostics(base.TestCase):
    """An older compute host does not send every field."""

    def test_unset_fields_are_null_and_keys_are_in_order(self) -> None:
        body = diagnostics_view.show(diagnostics.Diagnostics(config_drive=False, state='running'))
        self.assertEqual(
            {**dict.fromkeys(KEYS), 'state': 'running', 'config_drive': False}, body)
        self.assertEqual(KEYS, list(body))

    def test_unset_fields_of_details_are_null(self) -> None:
        body = diagnostics_view.show(diagnostics.Diagnostics(
            cpu_details=[diagnostics.CpuDiagnostics(id=0), diagnostics.CpuDiagnostics(time=5)],
            nic_details=[], disk_details=[diagnostics.DiskDiagnostics()],
            memory_details=diagnostics.MemoryDiagnostics(maximum=128)))
        self.assertEqual({
            **dict.fromkeys(KEYS),
            'cpu_details': [{'id': 0, 'time': None, 'utilisation': None},
                            {'id': None, 'time': 5, 'utilisation': None}],
            'nic_details': [],
            'disk_details': [dict.fromkeys(diagnostics.DiskDiagnostics.fields)],
            'memory_details': {'maximum': 128, 'used': None}}, body)

    def test_fields_missing_after_transport_are_null(self) -> None:
        sent = diagnostics.Diagnostics(
            state='running', memory_details=diagnostics.MemoryDiagnostics(used=40))
        received = diagnostics.Diagnostics.obj_from_primitive(sent.obj_to_primitive())
        self.assertEqual({
            **dict.fromkeys(KEYS), 'state': 'running',
            'memory_details': {'maximum': None, 'used': 40}}, diagnostics_view.show(received))

    def test_zero_false_and_empty_list_are_not_null(self) -> None:
        body = diagnostics_view.show(diagnostics.Diagnostics(
            uptime=0, config_drive=False, num_nics=0, nic_details=[]))
        self.assertEqual(
            {'uptime': 0, 'config_drive': False, 'num_nics': 0, 'nic_details': []},
            {key: value for key, value in body.items() if value is not None})
