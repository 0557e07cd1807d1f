# SPDX-License-Identifier: Apache-2.0
"""Requests that are repeated at an interval."""

from __future__ import annotations

from typing import Any, Optional

import ddt

from nova_ext.cli import exceptions
from nova_ext.cli.watch import loop
from tests.fixtures import clock
from tests.unit import base


class Sink:
    """Records what it receives; ends the loop after four waits."""

    def __init__(self, time: clock.Clock) -> None:
        self._time = time
        self._waits = 4
        self.answers: list[loop.Answer] = []
        self.complaints: list[str] = []

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, answer: loop.Answer) -> None:
        self.answers.append(answer)

    def complain(self, at: object, error: exceptions.ClientError) -> None:
        self.complaints.append(str(error))

    def wait(self, until: float) -> bool:
        self._time.now = until
        self._waits -= 1
        return self._waits > 0


@ddt.ddt
class TestLoop(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(clock.Clock(loop))
        self.sink = Sink(self.clock)

    def run_loop(self, duration: float = 0,
                 error: Optional[exceptions.ClientError] = None) -> list[float]:
        """Run the loop with an interval of two seconds.

        :param duration: seconds that each request takes
        :param error: what each request raises
        :return: seconds after the start at which a request was sent
        """
        began = self.clock.now
        times: list[float] = []

        def ask() -> dict[str, Any]:
            times.append(self.clock.now - began)
            self.clock.now += duration
            if error is not None:
                raise error
            return {}

        loop.run(ask, self.sink, 2)
        return times

    def test_interval_does_not_drift(self) -> None:
        self.assertEqual([0, 2, 4, 6], self.run_loop(duration=0.7))
        self.assertEqual(4, len(self.sink.answers))
        for answer in self.sink.answers:
            self.assertIsNotNone(answer.at.tzinfo)

    def test_slow_answer_delays_the_next_request_to_the_next_beat(self) -> None:
        self.assertEqual([0, 6, 12, 18], self.run_loop(duration=5))

    def test_loop_continues_after_temporary_error(self) -> None:
        error = exceptions.Refused(503, 'stack1 is down.')
        self.assertEqual([0, 2, 4, 6], self.run_loop(error=error))
        self.assertEqual(['stack1 is down. (HTTP 503)'] * 4, self.sink.complaints)

    @ddt.data(
        exceptions.Refused(404, 'gone'), exceptions.Refused(403, 'no'),
        exceptions.Refused(401, 'who?'), exceptions.NotServed('none'))
    def test_loop_ends_with_permanent_error(self, error: exceptions.ClientError) -> None:
        with self.assert_raises(type(error)) as caught:
            self.run_loop(error=error)
        self.assertIs(error, caught.exception)
