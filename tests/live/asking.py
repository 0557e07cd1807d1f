# SPDX-License-Identifier: Apache-2.0
"""Requests whose time matters."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import Any

from sandbox.client.api import Api


class Asked(threading.Thread):
    """A request made in the background, and how long it took."""

    def __init__(self, api: Api, path: str, **options: Any) -> None:
        super().__init__(daemon=True)
        self._ask = functools.partial(api.request, 'GET', path, timeout=200, **options)
        self.seconds = 0.0
        self.status = 0
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        self.status = self._ask().status_code
        self.seconds = time.monotonic() - began


def timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that something took, and its result."""
    began = time.monotonic()
    result = ask()
    return time.monotonic() - began, result
