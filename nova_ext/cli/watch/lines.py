# SPDX-License-Identifier: Apache-2.0
"""One JSON object a line, for programs."""

from __future__ import annotations

import datetime
import json
from types import TracebackType
from typing import Any, Optional, TextIO

from nova_ext.cli import exceptions
from nova_ext.cli.watch import loop, signals


class Lines:
    """Prints each answer with its time as soon as it is there; troubles to the errors."""

    def __init__(
            self, output: TextIO, errors: TextIO, identity: dict[str, Any],
            columns: list[str]) -> None:
        """Prepare.

        :param identity: what each line begins with, behind its time
        :param columns: the keys to print; none: all
        """
        self._output = output
        self._errors = errors
        self._identity = identity
        self._columns = columns
        self._signals = signals.Signals(output)

    def __enter__(self) -> Lines:
        """Listen to signals and to the end of the reader."""
        self._signals.__enter__()
        return self

    def __exit__(
            self, kind: Optional[type[BaseException]], error: Optional[BaseException],
            trace: Optional[TracebackType]) -> None:
        """Stop listening."""
        self._signals.__exit__(kind, error, trace)

    def show(self, answer: loop.Answer) -> None:
        """Print one line.

        :raises BrokenPipeError: nobody reads any more
        :raises nova_ext.cli.exceptions.ClientError: nothing of it is to be printed
        """
        body = {key: value for key, value in answer.body.items()
                if not self._columns or key in self._columns}
        if not body:
            raise exceptions.ClientError(
                f'No recognized column names in {self._columns}. Recognized columns are '
                f'{list(answer.body)}.')
        line = {'timestamp': timestamp(answer.at), **self._identity, **body}
        self._output.write(json.dumps(line) + '\n')
        self._output.flush()

    def complain(self, at: datetime.datetime, error: exceptions.ClientError) -> None:
        """Print one line."""
        self._errors.write(f'{timestamp(at)} {error}\n')
        self._errors.flush()

    def wait(self, until: float) -> bool:
        """Until then, or until nobody reads any more."""
        return self._signals.wait(until) is not signals.Event.CLOSED


def timestamp(at: datetime.datetime) -> str:
    """A time in UTC as ISO 8601, with milliseconds."""
    return at.replace(tzinfo=None).isoformat(timespec='milliseconds') + 'Z'
