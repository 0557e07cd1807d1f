# SPDX-License-Identifier: Apache-2.0
"""The settings of uWSGI, on its command line and in its ini files."""

from __future__ import annotations

from collections.abc import Sequence

from nova_ext.cmd.services import quoting
from nova_ext.cmd.services.tree import Tree

#: Settings that name what is served.
APPLICATIONS = ('wsgi-file', 'module', 'mount')

_NAMES = {
    'file': 'wsgi-file', 'wsgi': 'module', 'w': 'module', 'home': 'virtualenv',
    'venv': 'virtualenv', 'pyhome': 'virtualenv', 'H': 'virtualenv'}

_KEPT = frozenset({*APPLICATIONS, 'virtualenv', 'pyargv', 'env', 'ini'})


def settings(words: Sequence[str], tree: Tree) -> dict[str, list[str]]:
    """What is set, by name, in the order of the command line.

    :param words: uWSGI's arguments
    :raises OSError: an ini file that they name cannot be read
    """
    found: dict[str, list[str]] = {}
    for name, value in _pairs(words):
        if name == 'ini':
            for inner, text in _of_ini(tree.read(value)):
                found.setdefault(inner, []).append(text)
        else:
            found.setdefault(name, []).append(value)
    return found


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for position, word in enumerate(words):
        if word.endswith('.ini') and not word.startswith('-') and (
                position == 0 or not words[position - 1].startswith('--')):
            pairs.append(('ini', word))
            continue
        if not word.startswith('-'):
            continue
        name, equals, value = word.lstrip('-').partition('=')
        name = _NAMES.get(name, name)
        if not equals:
            value = words[position + 1] if position + 1 < len(words) else ''
        if name in _KEPT:
            pairs.append((name, value))
    return pairs


def _of_ini(text: str) -> list[tuple[str, str]]:
    pairs = []
    section = ''
    for line in text.splitlines():
        line = line.strip()
        if line.startswith('['):
            section = line
        elif section == '[uwsgi]' and '=' in line and not line.startswith(('#', ';')):
            name, _, value = line.partition('=')
            name = _NAMES.get(name.strip(), name.strip())
            if name in _KEPT and name != 'ini':
                pairs.append((name, ' '.join(quoting.split(value)) if '"' in value
                              else value.strip()))
    return pairs
