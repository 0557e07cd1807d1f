# SPDX-License-Identifier: Apache-2.0
"""The processes of Nova's services that run on a host now."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple, Optional

from nova_ext.cmd.services import command
from nova_ext.cmd.services.tree import Tree

_PROC = '/proc'


class Process(NamedTuple):
    """A process that may run one of the services that nova-ext has a part in."""

    pid: int
    #: None: one of uWSGI's whose command line does not tell; its unit does.
    command: Optional[command.Command]
    #: systemd's, without ``.service``; empty: it belongs to none.
    unit: str
    #: When it started, in seconds since 1970.
    started: float
    #: It has files of its own, as in a container.
    contained: bool


def find(tree: Tree, denied: list[str]) -> Iterator[Process]:
    """The processes of Nova's API and compute service, without those that they have begun.

    :param denied: what may not be read is added to it
    """
    if tree.exists(f'{_PROC}/self') and not tree.exists(f'{_PROC}/1'):
        denied.append(_PROC)  # others' processes are hidden from this user
    found: dict[int, Process] = {}
    parents: dict[int, int] = {}
    for directory in tree.matches(_PROC, '[0-9]*'):
        try:
            process = _look(tree, directory)
            if process is not None:
                found[process.pid] = process
                parents[process.pid] = int(_stat(tree, directory)[1])
        except PermissionError as error:
            denied.append(error.filename)
        except OSError:
            continue  # it has ended meanwhile
    for pid, process in found.items():
        if parents[pid] not in found:
            yield process


def _look(tree: Tree, directory: str) -> Optional[Process]:
    words = _strings(tree, f'{directory}/cmdline')
    uwsgi = bool(words) and 'uwsgi' in words[0].lower()
    if not uwsgi and not any('nova' in word for word in words):
        return None
    contained = _is_contained(tree, directory)
    environ = _environ(tree, directory)
    files = Tree(tree.path(f'{directory}/root')) if contained else tree
    parsed = command.parse(words, environ, files)
    if parsed is None and not uwsgi:
        return None
    unit = re.search(r'/([^/]+)\.service\s*$', tree.read(f'{directory}/cgroup'), re.MULTILINE)
    if parsed is None and not unit:
        return None
    boot = re.search(r'^btime (\d+)$', tree.read(f'{_PROC}/stat'), re.MULTILINE)
    started = float(boot[1] if boot else 0) + (
        int(_stat(tree, directory)[19]) / os.sysconf('SC_CLK_TCK'))
    return Process(int(os.path.basename(directory)), parsed, unit[1] if unit else '', started,
                   contained)


def _stat(tree: Tree, directory: str) -> list[str]:
    """The fields after the name, which is in parentheses and may have any character."""
    return tree.read(f'{directory}/stat').rpartition(')')[2].split()


def _environ(tree: Tree, directory: str) -> dict[str, str]:
    return dict(word.split('=', 1) for word in _strings(tree, f'{directory}/environ')
                if '=' in word)


def _is_contained(tree: Tree, directory: str) -> bool:
    """Whether it has another mount namespace than this process.

    :raises PermissionError: this may not be seen
    """
    own, its = tree.link(f'{_PROC}/self/ns/mnt'), tree.link(f'{directory}/ns/mnt')
    if own and not its:
        raise PermissionError(13, 'Permission denied', f'{directory}/ns/mnt')
    return own != its


def _strings(tree: Tree, name: str) -> list[str]:
    return [word for word in tree.read(name).split('\0') if word]
