# SPDX-License-Identifier: Apache-2.0
"""How often a host failed at what goes on beside Nova's operations, and nobody was told."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

F = TypeVar('F', bound=Callable[..., Any])

#: Of a console log: its history was not sent or kept, or its bytes could not be counted.
CONSOLE_LOG = 'console_log'

#: Of the metadata in a domain: it could not be refreshed.
METADATA = 'metadata'


class Failures:
    """Counts failures since nova-compute started, for all threads."""

    def __init__(self, *kinds: str) -> None:
        """Count those of some kinds, from 0 on."""
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(kinds, 0)

    def note(self, kind: str) -> None:
        """Count one, which was logged."""
        with self._lock:
            self._counts[kind] += 1

    def counts(self) -> dict[str, int]:
        """How many there were of each kind."""
        with self._lock:
            return dict(self._counts)


class Combined:
    """What several parts of a host failed at."""

    def __init__(self, *of_parts: Failures) -> None:
        """Take the failures of parts that count different kinds."""
        self._parts = of_parts

    def counts(self) -> dict[str, int]:
        """How many there were of each kind."""
        return {kind: number for part in self._parts for kind, number in part.counts().items()}


class Counting(Protocol):
    """Whose errors are counted."""

    failures: Failures


def counted(kind: str, *, ignored: tuple[type[Exception], ...] = ()) -> Callable[[F], F]:
    """Have the errors that a method of :class:`Counting` raises counted, and logged by others.

    :param ignored: what is no failure
    """
    def decorate(method: F) -> F:
        @functools.wraps(method)
        def wrapped(self: Counting, *args: Any, **kwargs: Any) -> Any:
            try:
                return method(self, *args, **kwargs)
            except ignored:
                raise
            except Exception:
                self.failures.note(kind)
                raise

        return cast(F, wrapped)

    return decorate
