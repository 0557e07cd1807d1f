# SPDX-License-Identifier: Apache-2.0
"""Tests of steps that depend on each other."""

import threading

import pytest

from sandbox import steps
from sandbox.steps import Progress, Step


def test_a_step_begins_when_those_before_it_are_done() -> None:
    done: list[str] = []
    steps.run([
        Step('c', lambda: done.append('c'), after=('a', 'b')),
        Step('b', lambda: done.append('b'), after=('a',)),
        Step('a', lambda: done.append('a')),
    ], Progress())
    assert done == ['a', 'b', 'c']


def test_independent_steps_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=5)
    steps.run([Step('a', both.wait), Step('b', both.wait)], Progress())


def test_a_failure_makes_the_others_give_up() -> None:
    given_up = threading.Event()

    def fail() -> None:
        raise LookupError('no such thing')

    with pytest.raises(LookupError):
        steps.run([
            Step('fails', fail),
            Step('waits', lambda: given_up.wait(10)),
            Step('never', lambda: pytest.fail('ran'), after=('fails',)),
        ], Progress(), given_up.set)
    assert given_up.is_set()


def test_unknown_and_circular_waits_are_refused() -> None:
    with pytest.raises(ValueError, match='nobody does'):
        steps.run([Step('a', int, after=('b',))], Progress())
    with pytest.raises(ValueError, match='wait for each other'):
        steps.run([Step('a', int, after=('b',)), Step('b', int, after=('a',))], Progress())


def test_each_step_is_told_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    steps.run([Step('the one', int)], Progress())
    assert 'the one (0.0 s)' in capsys.readouterr().out
