# SPDX-License-Identifier: Apache-2.0
"""What vCenter is asked, and what is known when it does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import ddt
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.objects import diagnostics as objects
from nova_ext.virt.vmware import collector, machine, performance
from tests.unit import base, support
from tests.unit.virt.vmware import properties

TIMEOUT = 0.2

SAMPLES: performance.Samples = {performance.Figure(performance.CPU_USED, '0'): 2000}


class Vcenter:
    """A vCenter with one server; what it does can be replaced."""

    def __init__(self) -> None:
        self.properties = properties.running()
        self.on_describe: Callable[[], None] = lambda: None
        self.on_measure: Callable[[], None] = lambda: None
        self.on_prepare: Callable[[], None] = lambda: None
        self.measured: list[Any] = []

    def prepare(self) -> None:
        self.on_prepare()

    def describe(self, instance: Any) -> tuple[Any, machine.Machine]:
        self.on_describe()
        return f'vm of {instance.uuid}', machine.parse(self.properties)

    def measure(self, reference: Any, described: machine.Machine) -> performance.Samples:
        self.measured.append(reference)
        self.on_measure()
        return SAMPLES


def raising(error: Exception) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


@ddt.ddt
class TestCollector(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.vcenter = Vcenter()
        self.instance = support.instance()
        self.collector = collector.Collector(self.vcenter, TIMEOUT)
        self.hanging = threading.Event()
        self.addCleanup(self.hanging.set)

    def hang(self) -> None:
        self.hanging.wait(base.TIMEOUT)

    def test_both_answers_are_put_together(self) -> None:
        known = self.collector.collect(self.instance)
        self.assertEqual(('running', [10, None]), (
            known.state, [cpu.utilisation for cpu in known.cpu_details]))
        self.assertEqual([f'vm of {self.instance.uuid}'], self.vcenter.measured)

    def test_what_does_not_run_is_not_measured(self) -> None:
        self.vcenter.properties['runtime'] = properties.runtime(powerState='poweredOff')
        self.assertEqual('shutdown', self.collector.collect(self.instance).state)
        self.assertEqual([], self.vcenter.measured)

    def test_server_without_a_machine_is_pending(self) -> None:
        self.vcenter.on_describe = raising(nova_exception.InstanceNotFound(
            instance_id=self.instance.uuid))
        self.assertEqual(
            support.values(objects.Diagnostics.unknown(state='pending', driver='vmwareapi')),
            support.values(self.collector.collect(self.instance)))

    def test_nothing_is_known_when_vcenter_refuses(self) -> None:
        self.vcenter.on_describe = raising(exception.NotResponding('vCenter refuses: no'))
        self.assertEqual(
            support.values(objects.Diagnostics.unknown(driver='vmwareapi')),
            support.values(self.collector.collect(self.instance)))
        self.assertIn('vCenter refuses: no', self.logs.text)

    def test_vcenter_that_cannot_be_reached_is_unavailable(self) -> None:
        self.vcenter.on_describe = raising(exception.HypervisorNotResponding('no route'))
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.collector.collect(self.instance)
        self.assertIn('no route', self.logs.text)

    def test_vcenter_that_hangs_is_unavailable_within_the_bound(self) -> None:
        self.vcenter.on_describe = self.hang
        began = time.monotonic()
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.collector.collect(self.instance)
        self.assertLess(time.monotonic() - began, 10 * TIMEOUT)
        self.assertIn('no answer from vCenter within 0.2 s', self.logs.text)

    def test_vcenter_that_answers_again_is_asked_again(self) -> None:
        self.vcenter.on_describe = self.hang
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.collector.collect(self.instance)
        self.hanging.set()
        self.assert_eventually(self._is_answered)

    def _is_answered(self) -> bool:
        try:
            return self.collector.collect(self.instance).state == 'running'
        except nova_exception.HypervisorUnavailable:
            return False

    def test_nobody_waits_for_what_is_prepared(self) -> None:
        self.vcenter.on_prepare = self.hang
        began = time.monotonic()
        self.collector.prepare()
        self.assertEqual('running', self.collector.collect(self.instance).state)
        self.assertLess(time.monotonic() - began, TIMEOUT)

    def test_preparation_that_fails_is_logged(self) -> None:
        self.vcenter.on_prepare = raising(exception.NotResponding('vCenter refuses: no'))
        self.collector.prepare()
        self.assert_eventually(lambda: 'vCenter refuses: no' in self.logs.text)

    def test_rest_is_reported_when_the_performance_manager_answers_otherwise(self) -> None:
        self.vcenter.on_measure = raising(AttributeError('PerfCounterInfo'))
        self.assertEqual('running', self.collector.collect(self.instance).state)
        self.assertIn(
            'Utilisation and rates are unknown: AttributeError: PerfCounterInfo', self.logs.text)

    @ddt.data('refuses', 'hangs')
    def test_rest_is_told_without_the_performance_manager(self, how: str) -> None:
        self.vcenter.on_measure = self.hang if how == 'hangs' else raising(
            exception.NotResponding('vCenter refuses'))
        known = self.collector.collect(self.instance)
        self.assertEqual(('running', 5400, [None, None]), (
            known.state, known.uptime, [cpu.utilisation for cpu in known.cpu_details]))
        self.assertIn('Utilisation and rates are unknown', self.logs.text)
