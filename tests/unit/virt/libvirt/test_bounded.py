# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar

import pytest

from nova_ext import exception
from nova_ext.virt.libvirt import bounded
from tests.unit import support

T = TypeVar('T')

TIMEOUT = 0.3

#: What a test allows on top for threads to be scheduled on a busy machine.
SLACK = 0.5


class Hanging:
    """A function that hangs until it is released."""

    def __init__(self) -> None:
        self.called = 0
        self.entered = threading.Event()
        self.release = threading.Event()

    def __call__(self) -> str:
        self.called += 1
        self.entered.set()
        assert self.release.wait(10)
        return 'late'


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    function = Hanging()
    yield function
    function.release.set()


def call(calls: bounded.BoundedCalls, key: Hashable, function: Callable[[], T]) -> T:
    """Make a call and wait for it."""
    return calls.start(key, function).result()


def timed(refused: Callable[[], object]) -> float:
    """Seconds that a call took to be refused."""
    began = time.monotonic()
    with pytest.raises(exception.GuestNotResponding):
        refused()
    return time.monotonic() - began


def test_the_result_is_handed_on() -> None:
    assert call(bounded.BoundedCalls(5, 1), 'a', lambda: 17) == 17
    assert call(bounded.BoundedCalls(5, 1), 'a', lambda: None) is None


def test_an_error_is_handed_on_and_the_next_call_is_made() -> None:
    calls = bounded.BoundedCalls(5, 1)

    def fail() -> None:
        raise KeyError('gone')

    with pytest.raises(KeyError, match='gone'):
        call(calls, 'a', fail)
    assert call(calls, 'a', lambda: 17) == 17


def test_starting_a_call_waits_for_nothing(hanging: Hanging) -> None:
    begun = bounded.BoundedCalls(5, 1).start('a', hanging)
    assert hanging.entered.wait(5)
    assert not begun.overdue()
    hanging.release.set()
    assert begun.result() == 'late'


def test_calls_about_several_guests_run_side_by_side() -> None:
    calls = bounded.BoundedCalls(5, 2)
    together = threading.Barrier(2, timeout=5)
    begun = [calls.start(key, together.wait) for key in 'ab']
    assert sorted(each.result() for each in begun) == [0, 1]


def test_a_result_may_be_had_again() -> None:
    begun = bounded.BoundedCalls(5, 1).start('a', lambda: 17)
    assert [begun.result(), begun.result()] == [17, 17]


def test_a_result_that_came_in_time_is_there_however_late_it_is_wanted() -> None:
    calls = bounded.BoundedCalls(5, 1)
    begun = calls.start('a', lambda: 17)
    assert begun.result() == 17
    begun.deadline = time.monotonic() - 1
    assert begun.overdue()
    assert begun.result() == 17


def test_a_result_that_nobody_wants_leaves_its_slot() -> None:
    calls = bounded.BoundedCalls(5, 1)
    calls.start('a', lambda: 17)
    assert support.eventually(lambda: not calls._calls)
    assert call(calls, 'a', lambda: 18) == 18


def test_time_spent_on_other_things_since_the_start_counts(hanging: Hanging) -> None:
    begun = bounded.BoundedCalls(TIMEOUT, 1).start('a', hanging)
    time.sleep(TIMEOUT)
    assert begun.overdue()
    assert timed(begun.result) < TIMEOUT / 2


def test_the_call_is_made_in_a_thread_that_keeps_no_process_alive() -> None:
    thread = call(bounded.BoundedCalls(5, 1), 'a', threading.current_thread)
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_a_call_that_hangs_is_waited_for_no_longer_than_the_bound(hanging: Hanging) -> None:
    calls = bounded.BoundedCalls(TIMEOUT, 3)
    assert TIMEOUT <= timed(lambda: call(calls, 'a', hanging)) < TIMEOUT + SLACK


def test_while_it_is_overdue_nobody_waits_and_no_other_is_made(hanging: Hanging) -> None:
    calls = bounded.BoundedCalls(TIMEOUT, 3)
    timed(lambda: call(calls, 'a', hanging))
    for _ in range(3):
        assert timed(lambda: call(calls, 'a', hanging)) < TIMEOUT / 2
    assert hanging.called == 1


def test_nor_does_anybody_wait_while_another_guest_is_being_asked(hanging: Hanging) -> None:
    calls = bounded.BoundedCalls(TIMEOUT, 3)
    timed(lambda: call(calls, 'a', hanging))
    other = Hanging()
    thread = threading.Thread(target=call, args=(calls, 'b', other))
    thread.start()
    assert other.entered.wait(5)
    assert timed(lambda: call(calls, 'a', hanging)) < TIMEOUT / 2
    other.release.set()
    thread.join(5)


def test_other_guests_are_served_meanwhile(hanging: Hanging) -> None:
    calls = bounded.BoundedCalls(TIMEOUT, 2)
    timed(lambda: call(calls, 'a', hanging))
    began = time.monotonic()
    assert call(calls, 'b', lambda: 17) == 17
    assert time.monotonic() - began < TIMEOUT


def test_when_it_comes_back_the_guest_is_asked_again(hanging: Hanging) -> None:
    calls = bounded.BoundedCalls(TIMEOUT, 1)
    timed(lambda: call(calls, 'a', hanging))
    hanging.release.set()

    def answers() -> bool:
        try:
            return call(calls, 'a', lambda: 'again') == 'again'
        except exception.GuestNotResponding:
            return False

    assert support.eventually(answers)


def test_a_late_result_is_nobody_elses(hanging: Hanging) -> None:
    calls = bounded.BoundedCalls(TIMEOUT, 1)
    timed(lambda: call(calls, 'a', hanging))
    hanging.release.set()
    assert support.eventually(lambda: not calls._calls)
    assert call(calls, 'a', lambda: 'fresh') == 'fresh'


def test_a_second_caller_waits_for_the_first_and_has_a_call_of_its_own(hanging: Hanging) -> None:
    calls = bounded.BoundedCalls(5, 3)
    results: list[str] = []
    first = threading.Thread(target=lambda: results.append(call(calls, 'a', hanging)))
    first.start()
    assert hanging.entered.wait(5)
    second = threading.Thread(target=lambda: results.append(call(calls, 'a', lambda: 'own')))
    second.start()
    second.join(0.05)
    assert second.is_alive()
    hanging.release.set()
    first.join(5)
    second.join(5)
    assert sorted(results) == ['late', 'own']


def test_a_second_caller_waits_no_longer_than_the_first_may(hanging: Hanging) -> None:
    calls = bounded.BoundedCalls(TIMEOUT, 3)
    first = threading.Thread(target=lambda: timed(lambda: call(calls, 'a', hanging)))
    first.start()
    assert hanging.entered.wait(5)
    assert timed(lambda: call(calls, 'a', hanging)) < TIMEOUT + SLACK
    first.join(5)
    assert hanging.called == 1


class TestLimit:
    def test_no_more_calls_are_in_flight_than_allowed(self) -> None:
        calls = bounded.BoundedCalls(5, 2)
        lock = threading.Lock()
        now, most = 0, 0

        def count() -> None:
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.01)
            with lock:
                now -= 1

        threads = [threading.Thread(target=call, args=(calls, key, count)) for key in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert most == 2
        assert support.eventually(lambda: not calls._calls)

    def test_when_guests_that_hang_take_every_slot_nobody_waits(self, hanging: Hanging) -> None:
        calls = bounded.BoundedCalls(TIMEOUT, 2)
        for key in 'ab':
            timed(lambda key=key: call(calls, key, hanging))  # type: ignore[misc]
        assert timed(lambda: call(calls, 'c', lambda: 17)) < TIMEOUT / 2

    def test_a_slot_that_comes_free_is_taken(self, hanging: Hanging) -> None:
        calls = bounded.BoundedCalls(5, 1)
        threading.Thread(target=call, args=(calls, 'a', hanging)).start()
        assert hanging.entered.wait(5)
        threading.Timer(0.05, hanging.release.set).start()
        began = time.monotonic()
        assert call(calls, 'b', lambda: 17) == 17
        assert time.monotonic() - began < 2

    def test_waiting_for_a_slot_and_for_the_result_together_keeps_the_bound(
            self, hanging: Hanging) -> None:
        calls = bounded.BoundedCalls(0.4, 1)
        other = Hanging()
        threading.Thread(target=call, args=(calls, 'a', other)).start()
        assert other.entered.wait(5)
        threading.Timer(0.3, other.release.set).start()
        assert 0.4 <= timed(lambda: call(calls, 'b', hanging)) < 0.65

    def test_many_callers_of_guests_that_hang_all_come_back_in_time(
            self, hanging: Hanging) -> None:
        calls = bounded.BoundedCalls(TIMEOUT, 3)
        took: list[float] = []

        def ask(key: int) -> None:
            took.append(timed(lambda: call(calls, key, hanging)))

        threads = [threading.Thread(target=ask, args=(key % 7,)) for key in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert len(took) == 20
        assert max(took) < TIMEOUT + SLACK
        assert hanging.called <= 3


def test_a_thread_that_cannot_be_started_does_not_block_the_guest_for_good(
        monkeypatch: pytest.MonkeyPatch) -> None:
    calls = bounded.BoundedCalls(TIMEOUT, 1)

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch, pytest.raises(exception.GuestNotResponding):
        patch.setattr(threading.Thread, 'start', start)
        call(calls, 'a', lambda: 17)
    assert call(calls, 'a', lambda: 17) == 17
