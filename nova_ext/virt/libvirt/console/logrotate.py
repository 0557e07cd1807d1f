# SPDX-License-Identifier: Apache-2.0
"""logrotate, which must leave alone what virtlogd rotates.

It gives the files that it makes the same names as virtlogd does, so that lines are lost and out of
order where both do it.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shlex
from collections.abc import Iterator
from typing import NamedTuple

_CONFIGURATIONS = ('/etc/logrotate.conf', '/etc/logrotate.d')


class Rule(NamedTuple):
    """What logrotate is configured to rotate."""

    #: The configuration file.
    file: str
    #: A path with wildcards.
    pattern: str


def rules_for(path: str) -> Iterator[Rule]:
    """The rules that match a path; none where logrotate's configuration is not visible."""
    for file in _files():
        for pattern in _patterns(file):
            if pathlib.PurePath(path).match(pattern):
                yield Rule(file, pattern)


def _files() -> Iterator[str]:
    for name in _CONFIGURATIONS:
        if os.path.isdir(name):
            with contextlib.suppress(OSError):
                yield from (os.path.join(name, entry) for entry in sorted(os.listdir(name)))
        else:
            yield name


def _patterns(file: str) -> Iterator[str]:
    """Whatever a configuration file has of absolute paths; see logrotate(8)."""
    try:
        with open(file, encoding='utf-8', errors='replace') as opened:
            lines = opened.read().splitlines()
    except OSError:
        return
    for line in lines:
        with contextlib.suppress(ValueError):  # a quote that is not closed: part of a script
            for word in shlex.split(line.replace('{', ' '), comments=True):
                if word.startswith('/'):
                    yield word
