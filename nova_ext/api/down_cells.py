# SPDX-License-Identifier: Apache-2.0
"""Cells that a list had to be made without, because their databases do not answer.

A list says so, or is refused where Nova's options say that no list may be made without a cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nova import context as nova_context
from oslo_config import cfg
from webob import exc

#: The name of each cell, which may be empty, by its UUID.
DownCells = dict[str, str]


def name_all(cells: Iterable[Any]) -> DownCells:
    """The names of cells.

    :param cells: nova.objects.CellMapping of each
    """
    return {cell.uuid: cell.name or '' for cell in cells}


def name_by_uuid(uuids: Iterable[str]) -> DownCells:
    """The names of cells that Nova has listed before."""
    known = name_all(nova_context.CELLS)
    return {uuid: known.get(uuid, '') for uuid in uuids}


def describe(down: Mapping[str, str]) -> str:
    """The cells' names, for a sentence."""
    return ', '.join(name or uuid for uuid, name in down.items())


def check(conf: cfg.ConfigOpts, down: Mapping[str, str]) -> None:
    """Return when a list may be made without these cells.

    :raises webob.exc.HTTPServiceUnavailable: Nova's
        ``[api] list_records_by_skipping_down_cells`` forbids it
    """
    if down and not conf.api.list_records_by_skipping_down_cells:
        raise exc.HTTPServiceUnavailable(
            explanation=f'These cells are not responding: {describe(down)}. This API is '
                        'configured not to return lists without them.')
