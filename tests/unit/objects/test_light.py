# SPDX-License-Identifier: Apache-2.0
"""What stands for versioned objects."""

from __future__ import annotations

from typing import Any

import ddt

from nova_ext.objects import diagnostics, light
from tests.unit import base, support


def make(kinds: Any) -> Any:
    """Make the diagnostics of a server, of the one or the other."""
    found = kinds.Diagnostics(
        state='running', driver='libvirt', num_cpus=1, config_drive=False, state_reason='booted',
        cpu_details=[kinds.CpuDiagnostics(id=0, time=5)],
        nic_details=[kinds.NicDiagnostics(mac_address='fa:16:3e:00:00:01', device='tap1')],
        disk_details=[], memory_details=kinds.MemoryDiagnostics(maximum=128))
    found.uptime = 7
    found.cpu_details[0].wait = 9
    return found


@ddt.ddt
class TestLight(base.TestCase):
    @ddt.data(None, '1.0', '1.1')
    def test_primitive_is_that_of_the_object(self, version: str | None) -> None:
        expected = make(diagnostics).obj_to_primitive(target_version=version)
        self.assertEqual(expected, make(light).obj_to_primitive(target_version=version))

    def test_object_is_read_from_it(self) -> None:
        read = diagnostics.Diagnostics.obj_from_primitive(make(light).obj_to_primitive())
        self.assertEqual(support.values(make(diagnostics)), support.values(read))

    def test_fields_that_are_not_given_are_unknown(self) -> None:
        found = light.Diagnostics()
        self.assertEqual(set(diagnostics.Diagnostics.fields), set(found.fields))
        self.assertEqual({None}, {getattr(found, name) for name in found.fields})
