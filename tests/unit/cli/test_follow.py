# SPDX-License-Identifier: Apache-2.0
"""What ends the following of a console log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, TextIO

import ddt

from nova_ext.cli import exceptions
from nova_ext.cli.watch import follow
from tests.unit.cli import base


class Follower:
    """Waits once, and then goes on or fails."""

    def __init__(self, wait: Callable[[float], bool], error: Optional[BaseException]) -> None:
        self._wait, self._error = wait, error
        #: The lines that were asked for, and whether it was to go on.
        self.said: list[Any] = []

    def run(self, lines: int) -> None:
        self.said += [lines, self._wait(0.01)]
        if self._error is not None:
            raise self._error


@ddt.ddt
class TestFollow(base.PipeTestCase):
    def follow(self, output: TextIO, error: Optional[BaseException] = None) -> list[Any]:
        made: list[Follower] = []

        def make(wait: Callable[[float], bool]) -> Any:
            made.append(Follower(wait, error))
            return made[0]

        follow.follow(make, 7, output)
        return made[0].said

    def test_reader_that_has_gone_is_noticed_while_nothing_is_printed(self) -> None:
        reader, writer = self.make_pipe()
        self.assertEqual([7, True], self.follow(writer))
        reader.close()
        self.assertEqual([7, False], self.follow(writer))

    @ddt.data(KeyboardInterrupt(), BrokenPipeError())
    def test_interrupt_and_broken_pipe_are_the_end(self, error: BaseException) -> None:
        _, writer = self.make_pipe()
        self.assertEqual([7, True], self.follow(writer, error))

    def test_refusal_is_raised(self) -> None:
        _, writer = self.make_pipe()
        with self.assert_raises(exceptions.NoAnswer, 'away'):
            self.follow(writer, exceptions.NoAnswer('away'))
