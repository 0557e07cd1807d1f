# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import threading
from typing import Any

import pytest

from nova_ext import threads
from tests.unit import support


def running() -> bool:
    return any(thread.name == 'nova-ext-test' for thread in threading.enumerate())


def test_what_fails_is_called_again_until_it_is_stopped(
        caplog: pytest.LogCaptureFixture) -> None:
    calls: list[Any] = []

    def call() -> None:
        calls.append(None)
        if len(calls) == 1:
            raise ValueError('not yet')

    every = threads.Every('test', 0.01, call)
    every.start()
    every.start()
    assert support.eventually(lambda: len(calls) > 2)
    every.stop()
    every.stop()
    assert support.eventually(lambda: not running())
    assert 'The test failed this time' in caplog.text


def test_with_no_interval_it_is_called_once() -> None:
    calls: list[Any] = []
    every = threads.Every('test', 0, lambda: calls.append(None))
    every.start()
    assert support.eventually(lambda: not running())
    assert len(calls) == 1
