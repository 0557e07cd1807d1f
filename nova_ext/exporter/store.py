# SPDX-License-Identifier: Apache-2.0
"""What is known of each host, how old it is, and what went wrong."""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
from collections.abc import Collection
from typing import Optional

from nova_ext.exporter.blocks import Part


@dataclasses.dataclass(frozen=True)
class Figures:
    """What a host has answered."""

    #: By the monotonic clock, when it was asked.
    asked: float
    #: Seconds that it took.
    seconds: float
    servers: int
    parts: tuple[Part, ...]


@dataclasses.dataclass
class Known:
    """What is known of a host."""

    #: None: it has not answered yet, or that was too long ago.
    figures: Optional[Figures] = None
    #: When it was asked that answered last, also after the figures were dropped.
    answered: Optional[float] = None
    #: Whether the last attempt succeeded; None: there was none yet.
    is_up: Optional[bool] = None
    #: Attempts that failed, by reason.
    failures: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)


@dataclasses.dataclass(frozen=True)
class Api:
    """What is known of the API."""

    is_up: Optional[bool] = None
    #: When the list of hosts was asked for that came last.
    listed: Optional[float] = None
    down_cells: int = 0
    #: Seconds that the last round over all hosts took.
    round_seconds: Optional[float] = None


class Store:
    """Shared by those who ask and those who serve."""

    def __init__(self, max_age: float) -> None:
        """Be empty.

        :param max_age: seconds after which a host's figures are dropped
        """
        self._max_age = max_age
        self._lock = threading.Lock()
        self._hosts: dict[str, Known] = {}
        self._listed_parts: tuple[Part, ...] = ()
        self._api = Api()
        self._api_failures: collections.Counter[str] = collections.Counter()

    def note_list(self, names: Collection[str], parts: tuple[Part, ...], asked: float,
                  down_cells: int) -> None:
        """Note which hosts there are.

        :param names: of all of them
        :param parts: how they are
        :param asked: by the monotonic clock, when the list was asked for
        :param down_cells: how many cells it was made without; hosts that are not in it may be in
            one of them, and stay
        """
        with self._lock:
            self._api = dataclasses.replace(
                self._api, is_up=True, listed=asked, down_cells=down_cells)
            self._listed_parts = parts
            for name in names:
                self._hosts.setdefault(name, Known())
            if not down_cells:
                for name in self._hosts.keys() - set(names):
                    del self._hosts[name]

    def note_list_failed(self, reason: str) -> None:
        """Note that there was no list."""
        with self._lock:
            self._api = dataclasses.replace(self._api, is_up=False)
            self._api_failures[reason] += 1

    def note_round(self, seconds: float) -> None:
        """Note how long it took to ask all hosts."""
        with self._lock:
            self._api = dataclasses.replace(self._api, round_seconds=seconds)

    def note_figures(self, name: str, figures: Figures) -> bool:
        """Note what a host has answered, and tell whether it had failed before."""
        with self._lock:
            known = self._hosts.setdefault(name, Known())
            recovered = known.is_up is False
            known.figures, known.answered, known.is_up = figures, figures.asked, True
            return recovered

    def note_failure(self, name: str, reason: str) -> bool:
        """Note that a host was not read, and tell whether it had not failed before."""
        with self._lock:
            known = self._hosts.setdefault(name, Known())
            is_new = known.is_up is not False
            known.is_up = False
            known.failures[reason] += 1
            return is_new

    def read(self) -> Snapshot:
        """What is known now; figures that are too old are dropped."""
        with self._lock:
            now = time.monotonic()
            for known in self._hosts.values():
                if known.figures is not None and now - known.figures.asked > self._max_age:
                    known.figures = None
            # How hosts are is as old as the list.
            listed = self._api.listed
            is_fresh = listed is not None and now - listed <= self._max_age
            return Snapshot(
                now, {name: dataclasses.replace(known, failures=known.failures.copy())
                      for name, known in self._hosts.items()},
                self._listed_parts if is_fresh else (), self._api, self._api_failures.copy())


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """What is known at a moment."""

    #: By the monotonic clock.
    now: float
    hosts: dict[str, Known]
    #: How the hosts are.
    listed_parts: tuple[Part, ...]
    api: Api
    api_failures: collections.Counter[str]
