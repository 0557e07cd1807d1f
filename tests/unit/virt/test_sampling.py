# SPDX-License-Identifier: Apache-2.0
"""Windows between samples, and the sampler."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Optional

import ddt

from nova_ext.virt import sampling
from tests.fixtures import clock
from tests.unit import base

SECOND = 10**9


def make_sample(
        taken: float, cpu: int = 0, rx: int = 0, tx: int = 0, run: int = 1
) -> sampling.Sample:
    return sampling.Sample(
        taken=taken, run=run, cpu_times={0: cpu},
        nics={'tap1': {'name': 'tap1', 'rx.bytes': rx, 'tx.bytes': tx}})  # type: ignore[dict-item]


@ddt.ddt
class TestWindow(base.TestCase):
    @ddt.data(
        (0, 10, 0), (SECOND, 10, 10), (10 * SECOND, 10, 100), (SECOND // 3, 1, 33),
        # The host's clock and the thread's are read one after the other.
        (11 * SECOND, 10, 100))
    @ddt.unpack
    def test_utilisation_is_a_percentage_of_one_host_cpu(
            self, used: int, seconds: float, percent: int) -> None:
        window = sampling.Window(make_sample(100, cpu=5), make_sample(100 + seconds, cpu=5 + used))
        self.assertEqual(percent, window.utilisation(0))

    def test_rates_are_octets_per_second(self) -> None:
        window = sampling.Window(make_sample(100, rx=50, tx=7), make_sample(104, rx=4050, tx=17))
        self.assertEqual(1000, window.octet_rate('tap1', 'rx.bytes'))
        self.assertEqual(2, window.octet_rate('tap1', 'tx.bytes'))

    def test_rate_of_a_decreased_counter_is_unknown(self) -> None:
        window = sampling.Window(make_sample(100, cpu=5, rx=5), make_sample(101, cpu=4, rx=4))
        self.assertIsNone(window.utilisation(0))
        self.assertIsNone(window.octet_rate('tap1', 'rx.bytes'))
        self.assertEqual(0, window.octet_rate('tap1', 'tx.bytes'))

    @ddt.data(0, -1)
    def test_rates_are_unknown_when_no_time_has_passed(self, seconds: float) -> None:
        window = sampling.Window(make_sample(100), make_sample(100 + seconds, cpu=SECOND, rx=1))
        self.assertIsNone(window.utilisation(0))
        self.assertIsNone(window.octet_rate('tap1', 'rx.bytes'))

    def test_rate_of_a_counter_in_only_one_sample_is_unknown(self) -> None:
        empty = dataclasses.replace(make_sample(100), cpu_times={}, nics={})
        for window in (sampling.Window(empty, make_sample(101)),
                       sampling.Window(make_sample(99), empty)):
            self.assertIsNone(window.utilisation(0))
            self.assertIsNone(window.octet_rate('tap1', 'rx.bytes'))

    def test_rate_of_a_missing_vcpu_or_nic_is_unknown(self) -> None:
        window = sampling.Window(make_sample(100), make_sample(101))
        self.assertIsNone(window.utilisation(1))
        self.assertIsNone(window.octet_rate('tap2', 'rx.bytes'))
        self.assertIsNone(window.octet_rate(None, 'rx.bytes'))


class Guests:
    """The guests of a host, each with its counters at this moment."""

    def __init__(self, time: clock.Clock) -> None:
        self.time = time
        self.runs = {'a': 1}
        self.looks = 0

    def look(self, uuid: str = 'a') -> sampling.Sample:
        """A vCPU that is busy for a quarter and a NIC that receives 100 octets a second."""
        self.looks += 1
        now = self.time.now
        return make_sample(now, cpu=int(now * SECOND / 4), rx=int(now * 100),
                           run=self.runs[uuid])

    def look_at_all(self) -> Iterable[tuple[str, sampling.Sample]]:
        return [(uuid, self.look(uuid)) for uuid in self.runs]


class TestSampler(base.TestCase):
    """A sampler with an interval of ten seconds that has taken no sample yet."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(clock.Clock(sampling))
        self.guests = Guests(self.clock)
        self.sampler = sampling.Sampler(10, self.guests.look_at_all)

    def get_utilisation(self, uuid: str = 'a') -> Optional[int]:
        return self.sampler.window(
            uuid, self.guests.look(uuid), lambda: self.guests.look(uuid)).utilisation(0)

    def test_first_request_waits_for_a_second_sample(self) -> None:
        self.assertEqual(25, self.get_utilisation())
        self.assertEqual([sampling.SHORTEST_WINDOW], self.clock.naps)
        self.assertEqual(2, self.guests.looks)

    def test_second_request_does_not_wait(self) -> None:
        self.get_utilisation()
        self.assertEqual(25, self.get_utilisation())
        self.clock.now += 3
        self.assertEqual(25, self.get_utilisation())
        self.assertEqual(1, len(self.clock.naps))

    def test_request_after_a_round_takes_one_sample_and_does_not_wait(self) -> None:
        self.sampler.sample_once()
        self.clock.now += 5
        looks = self.guests.looks
        self.assertEqual(25, self.get_utilisation())
        self.assertEqual(looks + 1, self.guests.looks)
        self.assertEqual([], self.clock.naps)

    def test_request_right_after_a_round_uses_the_sample_before(self) -> None:
        self.sampler.sample_once()
        self.clock.now += 10
        self.sampler.sample_once()
        self.clock.now += 0.1
        self.assertEqual(25, self.get_utilisation())
        self.assertEqual([], self.clock.naps)

    def test_old_sample_is_not_used(self) -> None:
        self.sampler.sample_once()
        self.clock.now += 31
        self.assertEqual(25, self.get_utilisation())
        self.assertEqual([sampling.SHORTEST_WINDOW], self.clock.naps)

    def test_sample_from_before_a_restart_is_not_used(self) -> None:
        self.sampler.sample_once()
        self.clock.now += 5
        self.guests.runs['a'] = 2
        self.assertEqual(25, self.get_utilisation())
        self.assertEqual(1, len(self.clock.naps))

    def test_rates_are_unknown_when_guest_restarts_during_the_wait(self) -> None:
        runs = iter([1, 2])

        def look() -> sampling.Sample:
            self.guests.runs['a'] = next(runs)
            return self.guests.look()

        window = self.sampler.window('a', look(), look)
        self.assertIsNone(window.utilisation(0))
        self.assertIsNone(window.octet_rate('tap1', 'rx.bytes'))
        self.assertEqual(2, window.last.run)

    def test_sample_of_another_guest_is_not_used(self) -> None:
        self.sampler.sample_once()
        self.clock.now += 5
        self.guests.runs['b'] = 1
        self.assertEqual(25, self.get_utilisation('b'))
        self.assertEqual(1, len(self.clock.naps))

    def test_samples_of_deleted_guests_are_removed(self) -> None:
        self.guests.runs = {'a': 1, 'b': 2}
        self.sampler.sample_once()
        self.assertEqual({'a', 'b'}, self.sampler._samples.keys())
        del self.guests.runs['a']
        self.sampler.sample_once()
        self.assertEqual({'b'}, self.sampler._samples.keys())

    def test_number_of_samples_is_limited(self) -> None:
        for _ in range(100):
            self.sampler.sample_once()
            self.clock.now += 10
        self.assertLessEqual(len(self.sampler._samples['a']), 2)
