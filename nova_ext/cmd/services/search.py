# SPDX-License-Identifier: Apache-2.0
"""Which files a service reads, in oslo.config's order: a later one overrides an earlier one."""

from __future__ import annotations

import os
from typing import NamedTuple

from nova_ext.cmd.services.command import Command
from nova_ext.cmd.services.tree import Tree

#: Where Nova's WSGI application reads, and what, unless its environment says otherwise.
_WSGI_DIRECTORY, _WSGI_FILES = '/etc/nova', 'api-paste.ini;nova.conf'

#: What RDO's oslo.config reads before all others.
_DISTRIBUTION = '/usr/share/nova/nova-dist.conf'


class Files(NamedTuple):
    """The configuration files of a service."""

    #: In the order in which they are read.
    names: list[str]
    #: Files and directories that are named on the command line and not there.
    missing: list[str]
    #: Where other files, such as the paste file, are searched for.
    directories: list[str]
    #: Of the WSGI application: its paste file; empty: it is searched for.
    paste: str


def find(command: Command, home: str, tree: Tree) -> Files:
    """The files that a command reads.

    :param home: its user's
    :raises PermissionError: a directory cannot be read
    """
    places = [f'{home}/.nova', home, '/etc/nova', '/etc'] if home else ['/etc/nova', '/etc']
    files, missing, paste = [], [], ''
    defaults = [*_first([''], _DISTRIBUTION, tree), *_first(places, 'nova.conf', tree),
                *_first(places, f'{command.prog}.conf', tree)]
    if command.wsgi:
        folder = command.environ.get('OS_NOVA_CONFIG_DIR', _WSGI_DIRECTORY).strip()
        defaults = [os.path.join(folder, name) for name in (
            command.environ.get('OS_NOVA_CONFIG_FILES') or _WSGI_FILES).split(';')]
        paste = defaults[0]
    kinds = {kind for kind, _ in command.options}
    order = [] if 'file' in kinds else [('file', name) for name in defaults]
    if 'dir' not in kinds:
        order += [('dir', name) for name in (
            *_first(places, 'nova.conf.d', tree),
            *_first(places, f'{command.prog}.conf.d', tree))]
    for kind, name in [*order, *command.options]:
        if not tree.exists(name):
            missing.append(name)
        elif kind == 'file':
            files.append(name)
        else:
            files.extend(tree.matches(name, '*.conf'))
    beside = [os.path.dirname(name)
              for kind, name in reversed([*order, *command.options]) if kind == 'file']
    named = [name for kind, name in command.options if kind == 'dir']
    return Files(files, missing, [*named, *beside, *places], paste)


def home_of(user: str, tree: Tree) -> str:
    """The home of a user of the host; empty: there is no such user.

    :raises OSError: this cannot be known
    """
    for line in tree.read('/etc/passwd').splitlines() if tree.exists('/etc/passwd') else ():
        fields = line.split(':')
        if fields[0] == user and len(fields) > 5:
            return fields[5]
    return ''


def _first(places: list[str], name: str, tree: Tree) -> list[str]:
    """The first of several places that has a file or directory of that name, if any has."""
    for place in places:
        path = f'{place}/{name}' if place else name
        if tree.exists(path):
            return [path]
    return []
