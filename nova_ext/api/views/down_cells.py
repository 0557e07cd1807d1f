# SPDX-License-Identifier: Apache-2.0
"""The cells that a list was made without.

An object: many clients take any list beside the links for the one that they asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def add(body: dict[str, Any], down: Mapping[str, str]) -> None:
    """Name the cells that did not answer.

    :param body: of a list
    :param down: the cells' names by their UUIDs
    """
    body['down_cells'] = dict(down)
