# SPDX-License-Identifier: Apache-2.0
"""What developers type in a checkout: too long to run here, so it is looked over.

Make's targets, the sandbox's options, modules, tests and environments have to be there.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import shlex
from collections.abc import Iterable

from sandbox import cli, settings, venvs

#: Commands of others, with nothing of ours in what follows them.
_EVERYBODYS = frozenset({'apt-get', 'cd', 'git', 'pip', 'pre-commit', 'tox'})

#: A test as stestr names it: a module, and maybe a class and a method of it.
_DOTTED_TEST = re.compile(r'(tests(?:\.[a-z_]\w*)+)(?:\.[A-Z]\w*(?:\.\w+)?)?')

_ASSIGNMENT = re.compile(r'\w+=.*')


def problem(command: str) -> str | None:
    """Why a command cannot work in this checkout; None: it looks as if it could.

    :param command: as it stands in the page
    """
    words = shlex.split(command, comments=True)
    while words and _ASSIGNMENT.fullmatch(words[0]):
        words.pop(0)
    if not words:
        return 'there is no command'
    program, arguments = words[0], words[1:]
    if program == 'make':
        return _first(_target(word) for word in arguments)
    if program == 'sandbox/stack':
        return _stack(arguments)
    if re.fullmatch(r'(.*/)?python3?', program):
        return _place(program) or _python(arguments)
    if '/' in program:
        return _place(program) or _first(_path(word) for word in arguments)
    return None if program in _EVERYBODYS else f'nothing is known about {program}'


def _target(word: str) -> str | None:
    makefile = (settings.CHECKOUT / 'Makefile').read_text()
    if '=' in word:
        return _path(word.partition('=')[2])
    if re.search(rf'(?m)^{re.escape(word)}:', makefile):
        return None
    return f'the Makefile has no target {word}'


def _stack(arguments: list[str]) -> str | None:
    if arguments[:1] in (['openstack'], ['tempest']):  # theirs to parse
        return None
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(errors):
        try:
            options = cli._parser().parse_args(arguments)
        except SystemExit as end:
            return errors.getvalue() if end.code else None
    command = getattr(options, 'command', None)
    return problem(shlex.join(command)) if command and '/' in command[0] else None


def _python(arguments: list[str]) -> str | None:
    """A module that is run, or a script, and the tests that it is given."""
    rest = list(arguments)
    while rest and rest[0].startswith('-') and rest[0] != '-m':
        del rest[:2 if rest[0] == '-W' else 1]
    if rest[:1] == ['-m']:
        if not _is_module(rest[1]):
            return f'there is no module {rest[1]}'
        rest = rest[2:]
    return _first(_path(word) for word in rest)


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _place(program: str) -> str | None:
    """A program by its path: of an environment that can be made, or of the checkout."""
    environment = re.fullmatch(r'\.sandbox/venvs/([^/]+)/bin/.*', program)
    if environment is None:
        return _path(program)
    name = environment[1].removesuffix('-nova-ext')
    if name in venvs.TOOLS or name.startswith('nova-'):
        return None
    return f'there is no environment {name}'


def _path(word: str) -> str | None:
    """A path below one of the checkout's folders, or a test by its dotted name."""
    dotted = _DOTTED_TEST.fullmatch(word.partition('=')[2] or word)
    if dotted is not None:
        return None if _is_module(dotted[1]) else f'there is no module {dotted[1]}'
    path = word.partition('::')[0]
    top = path.partition('/')[0]
    if '/' not in path or not (settings.CHECKOUT / top).is_dir() or top.startswith('.'):
        return None
    if (settings.CHECKOUT / path).exists() or list(settings.CHECKOUT.glob(path)):
        return None
    return f'there is no {path}'


def _first(problems: Iterable[str | None]) -> str | None:
    return next((found for found in problems if found), None)
