# SPDX-License-Identifier: Apache-2.0
"""What ironic is asked, and what is known when it does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import ddt
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.objects import diagnostics as objects
from nova_ext.virt.ironic import collector
from tests.unit import base, support

TIMEOUT = 0.2

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


def raising(error: Exception) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


@ddt.ddt
class TestCollector(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ironic = Ironic()
        self.instance = support.instance()
        self.collector = collector.Collector(self.ironic, TIMEOUT)
        self.hanging = threading.Event()
        self.addCleanup(self.hanging.set)

    def hang(self) -> None:
        self.hanging.wait(base.TIMEOUT)

    def collect(self) -> tuple[Any, ...]:
        """State and counts."""
        known = self.collector.collect(self.instance)
        return known.state, known.num_cpus, known.num_nics, known.num_disks

    def test_all_answers_are_put_together(self) -> None:
        self.assertEqual(('running', 16, 1, 2), self.collect())
        self.assertEqual(['one', 'one'], self.ironic.asked)

    def test_server_without_a_node_is_pending(self) -> None:
        self.ironic.on_describe = raising(nova_exception.InstanceNotFound(
            instance_id=self.instance.uuid))
        self.assertEqual(
            support.values(objects.Diagnostics.unknown(state='pending', driver='ironic')),
            support.values(self.collector.collect(self.instance)))

    def test_nothing_is_known_when_ironic_refuses(self) -> None:
        self.ironic.on_describe = raising(exception.NotResponding('ironic refuses: no'))
        self.assertEqual(
            support.values(objects.Diagnostics.unknown(driver='ironic')),
            support.values(self.collector.collect(self.instance)))
        self.assertIn('ironic refuses: no', self.logs.text)

    def test_ironic_that_cannot_be_reached_is_unavailable(self) -> None:
        self.ironic.on_describe = raising(exception.HypervisorNotResponding('no route'))
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.collector.collect(self.instance)
        self.assertIn('no route', self.logs.text)

    def test_ironic_that_hangs_is_unavailable_within_the_bound(self) -> None:
        self.ironic.on_describe = self.hang
        began = time.monotonic()
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.collector.collect(self.instance)
        self.assertLess(time.monotonic() - began, 10 * TIMEOUT)
        self.assertIn('no answer from ironic within 0.2 s', self.logs.text)

    def test_ironic_that_answers_again_is_asked_again(self) -> None:
        self.ironic.on_describe = self.hang
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.collector.collect(self.instance)
        self.hanging.set()
        self.assert_eventually(self._is_answered)

    def _is_answered(self) -> bool:
        try:
            return self.collector.collect(self.instance).state == 'running'
        except nova_exception.HypervisorUnavailable:
            return False

    @ddt.data('refuses', 'hangs')
    def test_rest_is_told_without_ports(self, how: str) -> None:
        self.ironic.on_ports = self.how(how)
        self.assertEqual(('running', 16, None, 2), self.collect())
        self.assertIn('The NICs are unknown: ', self.logs.text)

    @ddt.data('refuses', 'hangs')
    def test_rest_is_told_without_an_inventory(self, how: str) -> None:
        self.ironic.on_inventory = self.how(how)
        self.assertEqual(('running', None, 1, None), self.collect())
        self.assertIn('The inventory is unknown: ', self.logs.text)

    def how(self, name: str) -> Callable[[], None]:
        return self.hang if name == 'hangs' else raising(exception.NotResponding('refuses'))

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
