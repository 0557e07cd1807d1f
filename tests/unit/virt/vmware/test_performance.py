# SPDX-License-Identifier: Apache-2.0
"""Counters of the performance manager."""

from __future__ import annotations

import threading
import time
import types
from collections.abc import Callable
from typing import Any

import ddt

from nova_ext import exception
from nova_ext.virt.vmware import performance
from tests.unit import base
from tests.unit.virt.vmware import properties

#: Counters by their numbers.
COUNTERS = {9: performance.CPU_USED, 7: performance.NIC_RECEIVED, 8: performance.NIC_SENT}

FIGURES = [performance.Figure(performance.CPU_USED, '0'),
           performance.Figure(performance.CPU_USED, '1'),
           performance.Figure(performance.NIC_SENT, '4000')]


def counter(number: int, name: str) -> Any:
    group, name, rollup = name.split('.')
    return types.SimpleNamespace(
        key=number, groupInfo=types.SimpleNamespace(key=group),
        nameInfo=types.SimpleNamespace(key=name), rollupType=rollup)


class Session:
    """A session whose vCenter answers each figure with its counter's number and instance."""

    def __init__(self) -> None:
        self.key = 'one'
        self.content = types.SimpleNamespace(perfManager='manager', propertyCollector='collector')
        self.counters = dict(COUNTERS)
        #: The values of all series; None: as they are.
        self.values: Any = None
        self.calls: list[str] = []

    def make(self, kind: str, **values: Any) -> Any:
        return properties.data(kind, **values)

    def call(self, target: Any, method: str, **arguments: Any) -> Any:
        self.calls.append(method)
        if method == 'RetrievePropertiesEx':
            table = types.SimpleNamespace(PerfCounterInfo=[
                counter(number, name) for number, name in self.counters.items()])
            return types.SimpleNamespace(objects=[types.SimpleNamespace(
                propSet=[types.SimpleNamespace(name='perfCounter', val=table)])])
        [self.specification] = arguments['querySpec']
        return [types.SimpleNamespace(value=[
            self._series(one) for one in self.specification.metricId])]

    def _series(self, one: Any) -> Any:
        series = types.SimpleNamespace(id=one)
        if self.values is None:
            series.value = [1, one.counterId * 1000 + int(one.instance)]
        elif self.values:
            series.value = self.values
        return series


@ddt.ddt
class TestPerformanceManager(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.session = Session()
        self.manager = performance.PerformanceManager(self.session)

    def test_newest_sample_of_each_figure_is_told(self) -> None:
        self.assertEqual(dict(zip(FIGURES, (9000, 9001, 12000))),
                         self.manager.query('vm-1', FIGURES))
        asked = self.session.specification
        self.assertEqual(('vm-1', 20, 1), (asked.entity, asked.intervalId, asked.maxSample))

    def test_counters_are_read_once_and_figures_in_one_request(self) -> None:
        for _ in range(2):
            self.manager.query('vm-1', FIGURES)
        self.assertEqual(['RetrievePropertiesEx', 'QueryPerf', 'QueryPerf'], self.session.calls)

    def test_counters_that_were_read_before_are_not_waited_for(self) -> None:
        self.manager.prepare()
        self.manager.query('vm-1', FIGURES)
        self.assertEqual(['RetrievePropertiesEx', 'QueryPerf'], self.session.calls)

    def test_counters_are_read_once_for_all_who_want_them_at_the_same_time(self) -> None:
        reading = threading.Event()
        self.patch(self.session, 'call', self._reading(reading))
        threads = [threading.Thread(target=self.manager.prepare) for _ in range(4)]
        for thread in threads:
            thread.start()
        reading.set()
        for thread in threads:
            thread.join(base.TIMEOUT)
        self.assertEqual(['RetrievePropertiesEx'], self.session.calls)

    def _reading(self, allowed: threading.Event) -> Callable[..., Any]:
        """A call that lets others begin theirs."""
        call = self.session.call

        def slow(*args: Any, **kwargs: Any) -> Any:
            allowed.wait(base.TIMEOUT)
            time.sleep(0.05)
            return call(*args, **kwargs)

        return slow

    def test_counters_are_read_again_after_another_login(self) -> None:
        self.manager.query('vm-1', FIGURES)
        self.session.key = 'two'
        self.session.counters = {5: performance.NIC_SENT}
        self.assertEqual({FIGURES[2]: 9000}, self.manager.query('vm-1', FIGURES))

    @ddt.data([], [-1])
    def test_figure_without_a_sample_is_left_out(self, values: list[int]) -> None:
        self.session.values = values
        self.assertEqual({}, self.manager.query('vm-1', FIGURES))

    def test_vcenter_without_the_counters_is_not_asked_for_figures(self) -> None:
        self.session.counters = {}
        self.assertEqual({}, self.manager.query('vm-1', FIGURES))
        self.assertEqual(['RetrievePropertiesEx'], self.session.calls)

    def test_counters_that_could_not_be_read_are_read_the_next_time(self) -> None:
        self.patch(self.session, 'call', self._refuse)
        with self.assert_raises(exception.NotResponding):
            self.manager.query('vm-1', FIGURES)
        self.patch(self.session, 'call', Session.call.__get__(self.session))
        self.assertEqual(3, len(self.manager.query('vm-1', FIGURES)))

    @staticmethod
    def _refuse(*_: Any, **__: Any) -> Any:
        raise exception.NotResponding('no')
