# SPDX-License-Identifier: Apache-2.0
"""What vCenter is asked, and what is known when it does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import ddt

from nova_ext import exception
from nova_ext.virt.vmware import collector, machine, performance
from tests.unit.virt import counterpart_base
from tests.unit.virt.counterpart_base import TIMEOUT, raising
from tests.unit.virt.vmware import properties

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


@ddt.ddt
class TestCollector(counterpart_base.CounterpartTests):
    name = 'vCenter'
    driver = 'vmwareapi'

    def setUp(self) -> None:
        super().setUp()
        self.vcenter = self.counterpart = Vcenter()
        self.collector = collector.Collector(self.vcenter, TIMEOUT)

    def test_both_answers_are_put_together(self) -> None:
        known = self.collector.collect(self.instance)
        self.assertEqual(('running', [10, None]), (
            known.state, [cpu.utilisation for cpu in known.cpu_details]))
        self.assertEqual([f'vm of {self.instance.uuid}'], self.vcenter.measured)

    def test_what_does_not_run_is_not_measured(self) -> None:
        self.vcenter.properties['runtime'] = properties.runtime(powerState='poweredOff')
        self.assertEqual('shutdown', self.collector.collect(self.instance).state)
        self.assertEqual([], self.vcenter.measured)

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
        self.vcenter.on_measure = self.failing(how)
        known = self.collector.collect(self.instance)
        self.assertEqual(('running', 5400, [None, None]), (
            known.state, known.uptime, [cpu.utilisation for cpu in known.cpu_details]))
        self.assertIn('Utilisation and rates are unknown', self.logs.text)
