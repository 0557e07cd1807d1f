# SPDX-License-Identifier: Apache-2.0
"""``.. object-fields:: NAME``: the fields of one of nova-ext's versioned objects, as a table.

A field is described by the ``#:`` comment before it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

from sphinx.util.docutils import SphinxDirective

from nova_ext.objects import diagnostics, states

#: The comment before a field, and the field: its name and what follows up to the closing bracket.
_FIELD = re.compile(r"((?:[ ]+#:.*\n)+)[ ]+'(\w+)': fields\.(\w+)Field\((?:'NovaExt(\w+)')?")


class ObjectFields(SphinxDirective):  # type: ignore[misc]
    """Shows an object's description, version and fields."""

    required_arguments = 1

    def run(self) -> list[Any]:
        """Make a list-table and have it read."""
        cls = getattr(diagnostics, self.arguments[0])
        rows = list(_fields(inspect.getsource(cls)))
        without = set(cls.fields) - {name for name, _, _ in rows}
        if without:
            raise self.error(f'Fields of {cls.__name__} without a #: comment: {sorted(without)}')
        nodes: list[Any] = self.parse_text_to_nodes('\n'.join(_describe(cls, rows)))
        return nodes


def _describe(cls: Any, rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """The object in reStructuredText."""
    yield f'{inspect.getdoc(cls)} Version {cls.VERSION}.'
    yield from ('', '.. list-table::', '   :header-rows: 1', '   :widths: 20 20 60', '')
    yield from ('   * - field', '     - type', '     - meaning')
    for name, kind, meaning in rows:
        yield from (f'   * - ``{name}``', f'     - {kind}', f'     - {meaning}')


def _fields(source: str) -> Iterator[tuple[str, str, str]]:
    """Name, type and description of each field that has one."""
    for comment, name, kind, inner in _FIELD.findall(source):
        words = ' '.join(line.strip().removeprefix('#:').strip() for line in comment.splitlines())
        kinds = {'ListOfObjects': f'list of {inner}', 'Object': inner, 'Enum': 'string'}
        yield name, kinds.get(kind, kind.lower()), re.sub(r':data:`states\.(\w+)`', _words, words)


def _words(found: re.Match[str]) -> str:
    return ', '.join(f'``{word}``' for word in getattr(states, found[1]))


def setup(app: Any) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive('object-fields', ObjectFields)
    return {'parallel_read_safe': True}
