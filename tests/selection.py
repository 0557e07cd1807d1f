# SPDX-License-Identifier: Apache-2.0
"""Which values of a parameter `make test` runs; `make test-all` runs all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def slow_except(values: Iterable[Any], *, quick: Collection[Any]) -> list[Any]:
    """Mark all values of a parameter as slow, except for some."""
    return [value if value in quick else pytest.param(value, marks=pytest.mark.slow)
            for value in values]
