# SPDX-License-Identifier: Apache-2.0
"""Measure how long requests take."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import Any

from sandbox.client.api import Api


class BackgroundRequest(threading.Thread):
    """A GET request in a thread of its own, with its status code and duration."""

    def __init__(self, api: Api, path: str, **options: Any) -> None:
        super().__init__(daemon=True)
        self._send = functools.partial(api.request, 'GET', path, timeout=200, **options)
        self.seconds = 0.0
        self.status = 0
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        self.status = self._send().status_code
        self.seconds = time.monotonic() - began


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Call a function; return how many seconds it took, and its result."""
    began = time.monotonic()
    result = call()
    return time.monotonic() - began, result
