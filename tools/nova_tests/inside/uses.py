# SPDX-License-Identifier: Apache-2.0
"""Counts how often the plugin was used, so that tests cannot pass without it."""

from __future__ import annotations

import collections
from typing import Any

#: Times by what was used.
Uses = collections.Counter


def count_calls(owner: Any, method: str, uses: Uses[str], what: str) -> None:
    """Count the calls of a method as uses of something."""
    function = getattr(owner, method)

    def counting(*args: Any, **kwargs: Any) -> Any:
        uses[what] += 1
        return function(*args, **kwargs)

    setattr(owner, method, counting)
