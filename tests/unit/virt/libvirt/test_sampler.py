# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import dataclasses
import logging
import threading
import time
import types
from collections.abc import Iterable, Iterator
from typing import Optional

import pytest

from nova_ext.virt.libvirt import sampler

SECOND = 10**9


def sample(
        taken: float, cpu: int = 0, rx: int = 0, tx: int = 0, domain_id: int = 1
) -> sampler.Sample:
    return sampler.Sample(
        taken=taken, domain_id=domain_id, state=(1, 1), cpu_times={0: cpu},
        nics={'tap1': {'name': 'tap1', 'rx.bytes': rx, 'tx.bytes': tx}})  # type: ignore[dict-item]


class TestWindow:
    @pytest.mark.parametrize(('used', 'seconds', 'percent'), [
        (0, 10, 0), (SECOND, 10, 10), (10 * SECOND, 10, 100), (SECOND // 3, 1, 33),
        # The host's clock and the thread's are read one after the other.
        (11 * SECOND, 10, 100),
    ])
    def test_utilisation_is_a_percentage_of_one_host_cpu(
            self, used: int, seconds: float, percent: int) -> None:
        window = sampler.Window(sample(100, cpu=5), sample(100 + seconds, cpu=5 + used))
        assert window.utilisation(0) == percent

    def test_rates_are_octets_per_second(self) -> None:
        window = sampler.Window(sample(100, rx=50, tx=7), sample(104, rx=4050, tx=17))
        assert window.octet_rate('tap1', 'rx.bytes') == 1000
        assert window.octet_rate('tap1', 'tx.bytes') == 2

    def test_a_counter_that_went_back_tells_nothing(self) -> None:
        window = sampler.Window(sample(100, cpu=5, rx=5), sample(101, cpu=4, rx=4))
        assert window.utilisation(0) is None
        assert window.octet_rate('tap1', 'rx.bytes') is None
        assert window.octet_rate('tap1', 'tx.bytes') == 0

    @pytest.mark.parametrize('seconds', [0, -1])
    def test_no_time_tells_nothing(self, seconds: float) -> None:
        window = sampler.Window(sample(100), sample(100 + seconds, cpu=SECOND, rx=1))
        assert window.utilisation(0) is None
        assert window.octet_rate('tap1', 'rx.bytes') is None

    def test_what_is_in_one_sample_only_tells_nothing(self) -> None:
        empty = dataclasses.replace(sample(100), cpu_times={}, nics={})
        for window in (sampler.Window(empty, sample(101)), sampler.Window(sample(99), empty)):
            assert window.utilisation(0) is None
            assert window.octet_rate('tap1', 'rx.bytes') is None

    def test_another_vcpu_or_nic_or_none_at_all_tells_nothing(self) -> None:
        window = sampler.Window(sample(100), sample(101))
        assert window.utilisation(1) is None
        assert window.octet_rate('tap2', 'rx.bytes') is None
        assert window.octet_rate(None, 'rx.bytes') is None


class Guests:
    """The guests of a host, each with its counters at this moment."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.domain_ids = {'a': 1}
        self.looks = 0

    def look(self, uuid: str = 'a') -> sampler.Sample:
        """A vCPU that is busy for a quarter and a NIC that receives 100 octets a second."""
        self.looks += 1
        return sample(self.now, cpu=int(self.now * SECOND / 4), rx=int(self.now * 100),
                      domain_id=self.domain_ids[uuid])

    def look_at_all(self) -> Iterable[tuple[str, sampler.Sample]]:
        return [(uuid, self.look(uuid)) for uuid in self.domain_ids]


@pytest.fixture
def guests() -> Guests:
    return Guests()


@pytest.fixture
def naps(guests: Guests, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How often and how long the sampler slept; sleeping lets the guests' time pass."""
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        guests.now += seconds

    monkeypatch.setattr(sampler, 'time', types.SimpleNamespace(sleep=sleep))
    return naps


@pytest.fixture
def ten(guests: Guests, naps: list[float]) -> sampler.Sampler:
    """A sampler with an interval of ten seconds that has not looked yet."""
    return sampler.Sampler(10, guests.look_at_all)


def ask(ten: sampler.Sampler, guests: Guests, uuid: str = 'a') -> Optional[int]:
    return ten.window(uuid, lambda: guests.look(uuid)).utilisation(0)


class TestSampler:
    def test_the_first_request_waits_once_and_is_answered(
            self, ten: sampler.Sampler, guests: Guests, naps: list[float]) -> None:
        assert ask(ten, guests) == 25
        assert naps == [sampler.SHORTEST_WINDOW]
        assert guests.looks == 2

    def test_the_next_does_not_wait(
            self, ten: sampler.Sampler, guests: Guests, naps: list[float]) -> None:
        ask(ten, guests)
        assert ask(ten, guests) == 25
        guests.now += 3
        assert ask(ten, guests) == 25
        assert len(naps) == 1

    def test_after_a_round_no_request_waits_or_looks_twice(
            self, ten: sampler.Sampler, guests: Guests, naps: list[float]) -> None:
        ten.sample_once()
        guests.now += 5
        looks = guests.looks
        assert ask(ten, guests) == 25
        assert guests.looks == looks + 1
        assert naps == []

    def test_right_after_a_round_the_one_before_is_compared(
            self, ten: sampler.Sampler, guests: Guests, naps: list[float]) -> None:
        ten.sample_once()
        guests.now += 10
        ten.sample_once()
        guests.now += 0.1
        assert ask(ten, guests) == 25
        assert naps == []

    def test_a_note_that_is_too_old_is_not_compared(
            self, ten: sampler.Sampler, guests: Guests, naps: list[float]) -> None:
        ten.sample_once()
        guests.now += 31
        assert ask(ten, guests) == 25
        assert naps == [sampler.SHORTEST_WINDOW]

    def test_a_note_of_the_run_before_a_restart_is_not_compared(
            self, ten: sampler.Sampler, guests: Guests, naps: list[float]) -> None:
        ten.sample_once()
        guests.now += 5
        guests.domain_ids['a'] = 2
        assert ask(ten, guests) == 25
        assert len(naps) == 1

    def test_a_restart_during_the_wait_gives_null(
            self, ten: sampler.Sampler, guests: Guests, naps: list[float]) -> None:
        runs = iter([1, 2])

        def look() -> sampler.Sample:
            guests.domain_ids['a'] = next(runs)
            return guests.look()

        window = ten.window('a', look)
        assert window.utilisation(0) is None
        assert window.octet_rate('tap1', 'rx.bytes') is None
        assert window.last.domain_id == 2

    def test_every_guest_has_notes_of_its_own(
            self, ten: sampler.Sampler, guests: Guests, naps: list[float]) -> None:
        ten.sample_once()
        guests.now += 5
        guests.domain_ids['b'] = 1
        assert ask(ten, guests, 'b') == 25
        assert len(naps) == 1

    def test_guests_that_have_gone_are_forgotten(
            self, ten: sampler.Sampler, guests: Guests) -> None:
        guests.domain_ids = {'a': 1, 'b': 2}
        ten.sample_once()
        assert ten._samples.keys() == {'a', 'b'}
        del guests.domain_ids['a']
        ten.sample_once()
        assert ten._samples.keys() == {'b'}

    def test_notes_do_not_pile_up(self, ten: sampler.Sampler, guests: Guests) -> None:
        for _ in range(100):
            ten.sample_once()
            guests.now += 10
        assert len(ten._samples['a']) <= 2


class Rounds:
    """Counts the rounds of a sampler's thread; may fail one."""

    def __init__(self) -> None:
        self.count = 0
        self.fail = False
        self.another = threading.Event()

    def __call__(self) -> Iterable[tuple[str, sampler.Sample]]:
        self.count += 1
        self.another.set()
        if self.fail:
            self.fail = False
            raise RuntimeError('libvirt went away')
        return []

    def go_on(self) -> bool:
        """Whether there is another round."""
        self.another.clear()
        return self.another.wait(0.5)


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


@pytest.fixture
def fast(rounds: Rounds) -> Iterator[sampler.Sampler]:
    """A sampler that makes rounds as fast as it can."""
    fast = sampler.Sampler(0.01, rounds)
    yield fast
    fast.stop()
    assert ended()


def threads() -> int:
    return sum(thread.name == 'nova-ext-sampler' for thread in threading.enumerate())


def ended(but: int = 0) -> bool:
    """Whether all threads but so many have ended, at once or soon."""
    for _ in range(200):
        if threads() == but:
            return True
        time.sleep(0.01)
    return False


class TestThread:
    def test_it_makes_rounds_until_it_is_stopped(
            self, fast: sampler.Sampler, rounds: Rounds) -> None:
        assert rounds.count == 0
        fast.start()
        assert rounds.go_on()
        assert rounds.go_on()
        fast.stop()
        assert ended()

    def test_a_failing_round_is_logged_and_does_not_end_it(
            self, fast: sampler.Sampler, rounds: Rounds,
            caplog: pytest.LogCaptureFixture) -> None:
        rounds.fail = True
        with caplog.at_level(logging.ERROR):
            fast.start()
            assert rounds.go_on()
            assert rounds.go_on()
        assert 'Could not sample the guests' in caplog.text
        assert 'libvirt went away' in caplog.text

    def test_starting_twice_starts_one(self, fast: sampler.Sampler, rounds: Rounds) -> None:
        fast.start()
        fast.start()
        assert rounds.go_on()
        assert threads() == 1

    def test_a_restart_of_the_service_leaves_one(self, rounds: Rounds) -> None:
        slow = sampler.Sampler(60, rounds)
        slow.start()
        assert rounds.another.wait(5)
        for _ in range(5):
            slow.stop()
            slow.start()
        assert ended(but=1)
        slow.stop()
        assert ended()

    def test_stopping_what_was_never_started_does_no_harm(self, rounds: Rounds) -> None:
        sampler.Sampler(60, rounds).stop()
        assert rounds.count == 0
