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

#: In the command line or the unit of each of Nova's services; DevStack's are ``n-api``.
_NOVAS = re.compile('nova|n-api')


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
    #: Its numbers in the namespaces that it is in, its own last.
    numbers: tuple[int, ...] = ()

    def sees(self, name: str, tree: Tree) -> bool:
        """Whether a file is the same for this process as for that one, or there for neither.

        :raises PermissionError: this may not be seen
        """
        root = f'{_PROC}/{self.pid}/root'
        if not tree.exists(root):
            return True  # it has ended
        its = f'{root}{name}'
        return tree.exists(its) == tree.exists(name) and tree.is_same(its, name)


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
    if not words:
        return None
    match = re.search(r'/([^/]+)\.service\s*$', tree.read(f'{directory}/cgroup'), re.MULTILINE)
    unit = match[1] if match else ''
    # Of the others, nothing that only their own user may read is asked for.
    if not any(_NOVAS.search(word) for word in (*words, unit)):
        return None
    uwsgi = 'uwsgi' in words[0].lower()
    if not uwsgi and command.parse(words, {}, tree) is None:
        return None
    contained = _is_contained(tree, directory)
    environ = _environ(tree, directory)
    files = Tree(tree.path(f'{directory}/root')) if contained else tree
    parsed = command.parse(words, environ, files)
    if parsed is None and not (uwsgi and unit):
        return None
    pid = int(os.path.basename(directory))
    boot = _numbers(tree, f'{_PROC}/stat', 'btime')[0]
    ticks = int(_stat(tree, directory)[19])
    return Process(pid, parsed, unit, boot + ticks / os.sysconf('SC_CLK_TCK'), contained,
                   _numbers(tree, f'{directory}/status', 'NSpid:') or (pid,))


def _numbers(tree: Tree, name: str, key: str) -> tuple[int, ...]:
    """The numbers in the line of a file that begins with a word; none: there is no such line."""
    match = re.search(rf'^{key}((?:\s+\d+)+)$', tree.read(name), re.MULTILINE)
    return tuple(map(int, match[1].split())) if match else ()


def _stat(tree: Tree, directory: str) -> list[str]:
    """The fields after the name, which is in parentheses and may have any character."""
    return tree.read(f'{directory}/stat').rpartition(')')[2].split()


def _environ(tree: Tree, directory: str) -> dict[str, str]:
    return dict(word.split('=', 1) for word in _strings(tree, f'{directory}/environ')
                if '=' in word)


def _is_contained(tree: Tree, directory: str) -> bool:
    """Whether its root directory is another one than this process's, as a container's is.

    Its mount namespace tells nothing: systemd gives many a service one of its own.

    :raises PermissionError: this may not be seen
    """
    return not tree.is_same(f'{directory}/root/.', '/')


def _strings(tree: Tree, name: str) -> list[str]:
    return [word for word in tree.read(name).split('\0') if word]
