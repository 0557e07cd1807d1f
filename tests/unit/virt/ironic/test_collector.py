# SPDX-License-Identifier: Apache-2.0
"""What ironic is asked, and what is known when it does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import ddt

from nova_ext.virt.ironic import collector
from tests.unit.virt import counterpart_base
from tests.unit.virt.counterpart_base import TIMEOUT

NODE = {'uuid': 'one', 'power_state': 'power on', 'maintenance': False,
        'properties': {'cpus': 4, 'memory_mb': 8192}, 'instance_info': {},
        'driver_internal_info': {}}


class Ironic:
    """An ironic with one node; what it does can be replaced."""

    def __init__(self) -> None:
        self.on_describe: Callable[[], None] = lambda: None
        self.on_ports: Callable[[], None] = lambda: None
        self.on_inventory: Callable[[], None] = lambda: None
        self.asked: list[str] = []

    def describe(self, instance: Any) -> Any:
        self.on_describe()
        return NODE

    def ports(self, node_uuid: str) -> list[Any]:
        self.asked.append(node_uuid)
        self.on_ports()
        return [{'address': '52:54:00:aa:bb:01'}]

    def inventory(self, node_uuid: str) -> Any:
        self.asked.append(node_uuid)
        self.on_inventory()
        return {'cpu': {'count': 16}, 'memory': {'physical_mb': 65536}, 'disks': [{}, {}]}


@ddt.ddt
class TestCollector(counterpart_base.CounterpartTests):
    name = 'ironic'
    driver = 'ironic'

    def setUp(self) -> None:
        super().setUp()
        self.ironic = self.counterpart = Ironic()
        self.collector = collector.Collector(self.ironic, TIMEOUT)

    def collect(self) -> tuple[Any, ...]:
        """State and counts."""
        known = self.collector.collect(self.instance)
        return known.state, known.num_cpus, known.num_nics, known.num_disks

    def test_all_answers_are_put_together(self) -> None:
        self.assertEqual(('running', 16, 1, 2), self.collect())
        self.assertEqual(['one', 'one'], self.ironic.asked)

    @ddt.data('refuses', 'hangs')
    def test_rest_is_told_without_ports(self, how: str) -> None:
        self.ironic.on_ports = self.failing(how)
        self.assertEqual(('running', 16, None, 2), self.collect())
        self.assertIn('The NICs are unknown: ', self.logs.text)

    @ddt.data('refuses', 'hangs')
    def test_rest_is_told_without_an_inventory(self, how: str) -> None:
        self.ironic.on_inventory = self.failing(how)
        self.assertEqual(('running', None, 1, None), self.collect())
        self.assertIn('The inventory is unknown: ', self.logs.text)

    def test_both_parts_are_waited_for_at_the_same_time(self) -> None:
        self.ironic.on_ports = self.ironic.on_inventory = self.hang
        began = time.monotonic()
        self.assertEqual(('running', None, None, None), self.collect())
        self.assertLess(time.monotonic() - began, 2 * TIMEOUT)

    def test_part_that_still_hangs_is_not_waited_for_again(self) -> None:
        self.ironic.on_ports = self.hang
        self.collect()
        began = time.monotonic()
        self.assertEqual(('running', 16, None, 2), self.collect())
        self.assertLess(time.monotonic() - began, TIMEOUT)
        self.assertIn('an earlier question to ironic is still not answered', self.logs.text)
