# SPDX-License-Identifier: Apache-2.0
"""A stage of `make test` or `make test-all`, and how stages are run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from tools.testing.reports import Count


@dataclasses.dataclass(frozen=True)
class Options:
    """How stages are run."""

    #: Leave the cloud up.
    keep: bool = False
    #: Live tests or unit tests instead of all of them, as pytest or stestr names them.
    tests: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Stage:
    """A part of what has to pass."""

    name: str
    #: What it does, in a line.
    summary: str
    run: Callable[[Options], Count]
    #: It needs no cloud and does not mind how long anything takes: it can run in the background.
    background: bool = False
