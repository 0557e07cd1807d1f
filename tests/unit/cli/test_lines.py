# SPDX-License-Identifier: Apache-2.0
"""One JSON object a line, and waiting."""

from __future__ import annotations

import datetime
import json
import os
import signal
import threading
import time

import pytest

from nova_ext.cli import exceptions
from nova_ext.cli.watch import lines, signals
from tests.unit.cli.answers import answer


def test_each_answer_is_a_line_at_once() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as reader, os.fdopen(writing, 'w') as output:
        lines.Lines(output, output, '7', ['uptime']).show(answer(1.25))
        assert reader.readline() == (
            '{"timestamp": "2026-11-21T12:00:01.250Z", "server_id": "7", "uptime": 3725}\n')
        lines.Lines(output, output, '7', []).show(answer(2))
        assert list(json.loads(reader.readline()).items())[2:] == list(answer(2).body.items())


def test_columns_that_there_are_not() -> None:
    with open(os.devnull, 'w') as output:
        with pytest.raises(exceptions.ClientError, match=r"column names in \['x'\]"):
            lines.Lines(output, output, '7', ['x']).show(answer(1))


def test_trouble_is_a_line_of_the_errors() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as reader, os.fdopen(writing, 'w') as errors:
        at = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)
        lines.Lines(errors, errors, '7', []).complain(at, exceptions.Refused(503, 'down'))
        assert reader.readline() == '2026-11-21T12:00:00.000Z down (HTTP 503)\n'


def test_a_wait_ends_when_it_is_time_when_a_signal_comes_or_when_nobody_reads() -> None:
    reading, writing = os.pipe()
    before = signal.getsignal(signal.SIGTERM)
    with os.fdopen(writing, 'w') as output:
        with signals.Signals(output, handlers={signal.SIGUSR1: lambda *_: None}) as waiting:
            began = time.monotonic()
            assert waiting.wait(began + 0.05) is signals.Event.DUE
            assert time.monotonic() - began >= 0.049
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
            assert waiting.wait(time.monotonic() + 5) is signals.Event.SIGNAL
            threading.Timer(0.05, os.close, (reading,)).start()
            assert waiting.wait(time.monotonic() + 5) is signals.Event.CLOSED
            assert time.monotonic() - began < 4
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_key_ends_a_wait() -> None:
    keys, keyboard = os.pipe()
    with open(os.devnull, 'w') as output, signals.Signals(output, keys) as waiting:
        os.write(keyboard, b'x')
        assert waiting.wait(time.monotonic() + 5) is signals.Event.KEY
    os.close(keys)
    os.close(keyboard)
