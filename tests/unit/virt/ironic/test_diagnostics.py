# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of a node."""

from __future__ import annotations

import dataclasses

from nova_ext.objects import diagnostics as objects
from nova_ext.virt.ironic import diagnostics, node
from tests.unit import base, support

NODE = node.Node(
    state='running', uptime=59, num_cpus=2, mac_addresses=('52:54:00:aa:bb:01',), num_disks=1,
    memory=512, config_drive=True)


class TestMake(base.TestCase):
    def test_everything_that_ironic_knows_is_told(self) -> None:
        cpu = dict.fromkeys(objects.CpuDiagnostics.fields)
        self.assertEqual({
            **dict.fromkeys(objects.Diagnostics.fields),
            'state': 'running', 'driver': 'ironic', 'uptime': 59,
            'num_cpus': 2, 'num_nics': 1, 'num_disks': 1,
            'cpu_details': [{**cpu, 'id': 0}, {**cpu, 'id': 1}],
            'nic_details': [{**dict.fromkeys(objects.NicDiagnostics.fields),
                             'mac_address': '52:54:00:aa:bb:01'}],
            'disk_details': [dict.fromkeys(objects.DiskDiagnostics.fields)],
            'memory_details': {'maximum': 512, 'used': None}, 'config_drive': True,
        }, support.values(diagnostics.make(NODE)))

    def test_all_is_null_that_ironic_does_not_know(self) -> None:
        unknown = node.Node(**dict.fromkeys(
            field.name for field in dataclasses.fields(node.Node)))
        self.assertEqual({
            **dict.fromkeys(objects.Diagnostics.fields), 'driver': 'ironic',
            'memory_details': {'maximum': None, 'used': None},
        }, support.values(diagnostics.make(unknown)))
