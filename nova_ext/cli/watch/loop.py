# SPDX-License-Identifier: Apache-2.0
"""Asks repeatedly, at regular intervals and never twice at the same time."""

from __future__ import annotations

import dataclasses
import datetime
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Optional, Protocol

from nova_ext.cli import exceptions


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came at one moment."""

    #: By the calendar, in UTC.
    at: datetime.datetime
    #: By a clock that never goes back, in seconds.
    clock: float
    #: The API's answer.
    body: dict[str, Any]


class Sink(Protocol):
    """Where what comes goes to."""

    def __enter__(self) -> Sink:
        """Begin."""

    def __exit__(
            self, kind: Optional[type[BaseException]], error: Optional[BaseException],
            trace: Optional[TracebackType]) -> Optional[bool]:
        """End, whatever the reason."""

    def show(self, answer: Answer) -> None:
        """An answer has come."""

    def complain(self, at: datetime.datetime, error: exceptions.ClientError) -> None:
        """None has come; the next may."""

    def wait(self, until: float) -> bool:
        """Wait, and tell whether to go on.

        :param until: a time of time.monotonic()
        """


def run(ask: Callable[[], dict[str, Any]], sink: Sink, interval: float) -> None:
    """Ask until the sink has enough.

    :param interval: seconds from one request to the next; beats that a slow answer takes up are
        left out
    :raises nova_ext.cli.exceptions.ClientError: asking again would not help
    """
    due = time.monotonic()
    while True:
        try:
            body = ask()
            sink.show(Answer(_now(), time.monotonic(), body))
        except exceptions.ClientError as error:
            if not error.temporary:
                raise
            sink.complain(_now(), error)
        while due <= time.monotonic():
            due += interval
        if not sink.wait(due):
            return


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
