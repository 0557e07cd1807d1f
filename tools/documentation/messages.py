# SPDX-License-Identifier: Apache-2.0
"""What nova-ext may write into the services' logs, read from its sources."""

from __future__ import annotations

import ast
import pathlib
import re
from collections.abc import Iterator

import nova_ext

_LEVELS = frozenset({'info', 'warning', 'error', 'exception', 'log'})

#: Functions that log what they are given, and where in the arguments it is.
_LOGGERS = {'best_effort': 0}

_VARIABLE = re.compile(r'%(?:\([^)]*\))?[#0 +-]*[\d.]*[a-zA-Z]')


def logged() -> set[str]:
    """The texts at INFO and above, with ``...`` for what varies."""
    root = pathlib.Path(nova_ext.__file__).parent
    return {
        _VARIABLE.sub('...', text) for path in root.rglob('*.py')
        # What the others tell is for their own commands' users.
        if not {'cli', 'tempest_plugin'} & set(path.relative_to(root).parts)
        for text in _texts(ast.parse(path.read_text()))}


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            place = _place(node.func)
            if place is not None and len(node.args) > place:
                argument = node.args[place]
                if isinstance(argument, ast.Constant) and argument.value != '%s: %s: %s':
                    yield str(argument.value)


def _place(function: ast.expr) -> int | None:
    """Where in the arguments of a call the text is; None: it logs nothing."""
    if isinstance(function, ast.Name):
        return _LOGGERS.get(function.id)
    if (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
            and function.value.id == 'LOG' and function.attr in _LEVELS):
        return 1 if function.attr == 'log' else 0
    return None
