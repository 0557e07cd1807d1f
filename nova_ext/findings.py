# SPDX-License-Identifier: Apache-2.0
"""What was found out about a host, in words for its operator."""

from __future__ import annotations

import logging
from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that was looked at."""

    #: Of Python's logging: INFO, it is as it should be; WARNING, it deserves a look; ERROR,
    #: something does not work.
    level: int
    #: One sentence or two; of a problem, with the remedy.
    text: str


def ok(text: str) -> Finding:
    """A finding of something that is as it should be."""
    return Finding(logging.INFO, text)


def warning(text: str) -> Finding:
    """A finding that deserves a look."""
    return Finding(logging.WARNING, text)


def error(text: str) -> Finding:
    """A finding of something that does not work."""
    return Finding(logging.ERROR, text)
