# SPDX-License-Identifier: Apache-2.0
"""Asking again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from nova_ext.cli import exceptions
from nova_ext.cli.watch import loop


class Clock:
    """A monotonic clock that only moves when told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(time, 'monotonic', lambda: self.now)

    def taking(self, seconds: float) -> dict[str, Any]:
        self.now += seconds
        return {}


class Sink:
    """Notes what happens; ends after some waits."""

    def __init__(self, clock: Clock, waits: int) -> None:
        self._clock = clock
        self._left = waits
        self.began: list[float] = []
        self.complaints: list[str] = []
        self.shown = 0

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, answer: loop.Answer) -> None:
        assert answer.at.tzinfo is not None
        self.shown += 1

    def complain(self, at: object, error: exceptions.ClientError) -> None:
        self.complaints.append(str(error))

    def wait(self, until: float) -> bool:
        self._clock.now = until
        self._left -= 1
        return self._left > 0


def _run(
        clock: Clock, ask: Callable[[], dict[str, Any]], interval: float,
) -> tuple[Sink, list[float]]:
    sink = Sink(clock, 4)
    asked: list[float] = []

    def asking() -> dict[str, Any]:
        asked.append(clock.now - 100)
        return ask()

    loop.run(asking, sink, interval)
    return sink, asked


def test_the_beat_does_not_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    sink, asked = _run(clock, lambda: clock.taking(0.7), 2)
    assert asked == [0, 2, 4, 6]
    assert sink.shown == 4


def test_a_slow_answer_takes_up_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    assert _run(clock, lambda: clock.taking(5), 2)[1] == [0, 6, 12, 18]


def test_it_goes_on_after_what_may_be_over_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)

    def ask() -> dict[str, Any]:
        raise exceptions.Refused(503, 'stack1 is down.')

    sink, asked = _run(clock, ask, 2)
    assert asked == [0, 2, 4, 6]
    assert sink.complaints == ['stack1 is down. (HTTP 503)'] * 4


@pytest.mark.parametrize('error', [
    exceptions.Refused(404, 'gone'), exceptions.Refused(403, 'no'),
    exceptions.Refused(401, 'who?'), exceptions.NotServed('none')])
def test_it_ends_with_what_will_not_be_over(
        monkeypatch: pytest.MonkeyPatch, error: exceptions.ClientError) -> None:
    clock = Clock(monkeypatch)

    def ask() -> dict[str, Any]:
        raise error

    with pytest.raises(type(error)) as ended:
        _run(clock, ask, 2)
    assert ended.value is error
