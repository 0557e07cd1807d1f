# SPDX-License-Identifier: Apache-2.0
"""A row as Nova's own code takes it."""

from __future__ import annotations

from typing import Any


class Record(dict[str, Any]):
    """Columns of a row, by key and by attribute.

    Nova's controllers read attributes of its objects, its servicegroup drivers read keys.
    """

    def __getattr__(self, name: str) -> Any:
        """The column ``name``."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f'{name!r} was not read from the database') from None
