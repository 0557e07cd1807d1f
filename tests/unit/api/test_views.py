# SPDX-License-Identifier: Apache-2.0
"""Diagnostics as they are shown to clients."""

from __future__ import annotations

from typing import Any

import ddt

from nova_ext.api.views import diagnostics as diagnostics_view
from nova_ext.objects import diagnostics
from tests.fixtures import figures
from tests.unit import base
from tests.unit.objects.test_diagnostics import FIELDS_1_0

KEYS = list(diagnostics.Diagnostics.fields)


def show(answer: diagnostics.Diagnostics, version: str = '1.2') -> dict[str, Any]:
    """Return the body in a version of the API."""
    return diagnostics_view.show(answer, lambda asked: asked <= version)


@ddt.ddt
class TestVersions(base.TestCase):
    @ddt.data('1.0', '1.1')
    def test_older_versions_have_what_they_always_had(self, version: str) -> None:
        body = show(figures.running(), version)
        self.assertEqual(FIELDS_1_0['NovaExtDiagnostics'], set(body))
        for kind, key in (('Cpu', 'cpu_details'), ('Nic', 'nic_details'),
                          ('Disk', 'disk_details')):
            self.assertEqual(FIELDS_1_0[f'NovaExt{kind}Diagnostics'], set(body[key][0]))

    def test_keys_of_older_versions_come_first(self) -> None:
        older, newest = show(figures.running(), '1.1'), show(figures.running())
        self.assertEqual(list(older), list(newest)[:len(older)])
        for key in ('cpu_details', 'nic_details', 'disk_details'):
            old, new = older[key][0], newest[key][0]
            self.assertEqual(list(old), list(new)[:len(old)])
            self.assertLess(len(old), len(new))


class TestDiagnostics(base.TestCase):
    """An older compute host does not send every field."""

    def test_unset_fields_are_null_and_keys_are_in_order(self) -> None:
        body = show(diagnostics.Diagnostics(config_drive=False, state='running'))
        self.assertEqual(
            {**dict.fromkeys(KEYS), 'state': 'running', 'config_drive': False}, body)
        self.assertEqual(KEYS, list(body))

    def test_unset_fields_of_details_are_null(self) -> None:
        body = show(diagnostics.Diagnostics(
            cpu_details=[diagnostics.CpuDiagnostics(id=0), diagnostics.CpuDiagnostics(time=5)],
            nic_details=[], disk_details=[diagnostics.DiskDiagnostics()],
            memory_details=diagnostics.MemoryDiagnostics(maximum=128)))
        self.assertEqual({
            **dict.fromkeys(KEYS),
            'cpu_details': [{**dict.fromkeys(diagnostics.CpuDiagnostics.fields), **given}
                            for given in ({'id': 0}, {'time': 5})],
            'nic_details': [],
            'disk_details': [dict.fromkeys(diagnostics.DiskDiagnostics.fields)],
            'memory_details': {'maximum': 128, 'used': None}}, body)

    def test_fields_missing_after_transport_are_null(self) -> None:
        sent = diagnostics.Diagnostics(
            state='running', memory_details=diagnostics.MemoryDiagnostics(used=40))
        received = diagnostics.Diagnostics.obj_from_primitive(sent.obj_to_primitive())
        self.assertEqual({
            **dict.fromkeys(KEYS), 'state': 'running',
            'memory_details': {'maximum': None, 'used': 40}}, show(received))

    def test_zero_false_and_empty_list_are_not_null(self) -> None:
        body = show(diagnostics.Diagnostics(
            uptime=0, config_drive=False, num_nics=0, nic_details=[]))
        self.assertEqual(
            {'uptime': 0, 'config_drive': False, 'num_nics': 0, 'nic_details': []},
            {key: value for key, value in body.items() if value is not None})
