# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from nova import context as nova_context

from nova_ext.db import cells
from tests.unit import support


class Cell:
    """A nova.objects.CellMapping, as far as it is looked at."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.uuid = f'uuid-of-{name}'

    def is_cell0(self) -> bool:
        return self.name == 'cell0'


@pytest.fixture(autouse=True)
def three_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """cell0, cell1 and cell2; a targeted context is the cell's name."""
    monkeypatch.setattr(nova_context, 'CELLS', [Cell('cell0'), Cell('cell1'), Cell('cell2')])

    @contextlib.contextmanager
    def target_cell(context: Any, cell: Any) -> Iterator[str]:
        yield f'{context} at {cell.name}'

    monkeypatch.setattr(nova_context, 'target_cell', target_cell)


def names(answers: cells.Answers[Any]) -> list[str]:
    return [cell.name for cell in answers.down]


def test_every_cell_but_cell0_is_asked_and_the_answers_are_in_novas_order() -> None:
    def slow_first(context: str) -> str:
        if context.endswith('cell1'):
            time.sleep(0.05)
        return context

    answers = cells.Cells(5).ask('admin', slow_first)
    assert list(answers.values.items()) == [
        ('uuid-of-cell1', 'admin at cell1'), ('uuid-of-cell2', 'admin at cell2')]
    assert (answers.down, answers.error) == ([], None)


def test_they_are_asked_at_the_same_time() -> None:
    barrier = threading.Barrier(2)
    assert len(cells.Cells(5).ask('admin', lambda context: barrier.wait(4)).values) == 2


def test_one_that_fails_is_named_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    def question(context: str) -> str:
        if context.endswith('cell1'):
            raise ValueError('no such table')
        return context

    with caplog.at_level(logging.WARNING):
        answers = cells.Cells(5).ask('admin', question)
    assert list(answers.values) == ['uuid-of-cell2']
    assert names(answers) == ['cell1']
    assert isinstance(answers.error, ValueError)
    message, = (record.getMessage() for record in caplog.records)
    assert message == 'Answering without cell cell1 (uuid-of-cell1): ValueError: no such table'


def test_of_several_errors_the_first_cells_is_told() -> None:
    def question(context: str) -> str:
        if context.endswith('cell1'):
            time.sleep(0.05)
        raise ValueError(context)

    answers = cells.Cells(5).ask('admin', question)
    assert names(answers) == ['cell1', 'cell2']
    assert str(answers.error) == 'admin at cell1'


@pytest.mark.parametrize('error', [TimeoutError('of the driver'), SystemExit(1)])
def test_an_error_of_the_cells_own_is_not_taken_for_a_cell_that_is_overdue(
        error: BaseException) -> None:
    asked = []

    def question(context: str) -> None:
        asked.append(context)
        raise error

    known = cells.Cells(5)
    if isinstance(error, Exception):
        for _ in range(2):
            answers = known.ask('admin', question)
            assert names(answers) == ['cell1', 'cell2']
            assert str(answers.error) == 'of the driver'
        assert len(asked) == 4
    else:
        with pytest.raises(SystemExit):
            known.ask('admin', question)


def test_one_that_hangs_is_waited_for_once_until_it_has_answered() -> None:
    over = threading.Event()
    asked: list[str] = []

    def question(context: str) -> str:
        asked.append(context)
        if context.endswith('cell1'):
            over.wait(20)
        return context

    known = cells.Cells(0.5)
    began = time.monotonic()
    answers = known.ask('admin', question)
    assert time.monotonic() - began >= 0.5
    assert (names(answers), list(answers.values)) == (['cell1'], ['uuid-of-cell2'])
    assert 'within 0.5 s' in str(answers.error)

    began = time.monotonic()
    for _ in range(3):
        answers = known.ask('admin', question)
        assert names(answers) == ['cell1']
        assert 'an earlier question' in str(answers.error)
    assert time.monotonic() - began < 0.5
    assert asked.count('admin at cell1') == 1
    assert asked.count('admin at cell2') == 4

    over.set()
    assert support.eventually(lambda: not known.ask('admin', question).down)
    assert known.ask('admin', question).values['uuid-of-cell1'] == 'admin at cell1'


def test_the_time_is_for_all_cells_together() -> None:
    over = threading.Event()
    began = time.monotonic()
    answers = cells.Cells(0.6).ask('admin', lambda context: over.wait(20))
    took = time.monotonic() - began
    over.set()
    assert names(answers) == ['cell1', 'cell2']
    assert 0.6 <= took < 1.2


def test_what_one_asks_does_not_hold_up_what_another_asks() -> None:
    over = threading.Event()
    cells.Cells(0.1).ask('admin', lambda context: over.wait(20))
    try:
        answers = cells.Cells(5).ask('admin', lambda context: context)
    finally:
        over.set()
    assert len(answers.values) == 2


def test_the_threads_do_not_keep_the_process_from_ending() -> None:
    daemons = cells.Cells(5).ask(
        'admin', lambda context: threading.current_thread().daemon).values.values()
    assert list(daemons) == [True, True]
