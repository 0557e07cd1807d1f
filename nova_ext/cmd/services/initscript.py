# SPDX-License-Identifier: Apache-2.0
"""Debian's and Ubuntu's init scripts, which their systemd units run, too.

They are read and never run. A script sets ``DAEMON_ARGS`` for files that are there, and what all
scripts share puts ``--config-file`` with Nova's main file before it.
"""

from __future__ import annotations

import os
import re
from typing import Optional

from nova_ext.cmd.services import command, quoting
from nova_ext.cmd.services.tree import Tree

_ASSIGNMENT = re.compile(r'^[ \t]*(?:export[ \t]+)?([A-Z_]+)=(.*)$', re.MULTILINE)
_CONDITION = re.compile(r'\[ -[ef] [\'"]?(/[^\s\'"]+)[\'"]? \]')

#: What an administrator may set in /etc/default.
_DEFAULTS = '/etc/default'


def parse(name: str, tree: Tree) -> Optional[command.Command]:
    """How a script starts its service; None: none of the services that nova-ext has a part in.

    :raises OSError: the script, or a file that it reads, cannot be read
    """
    values = _values(tree.read(name), tree)
    service = values.get('NAME', '')
    for file in ('openstack', service or os.path.basename(name)):
        default = f'{_DEFAULTS}/{file}'
        if tree.exists(default):
            values.update(_values(tree.read(default), tree))
    if not tree.exists(values.get('UWSGI_INI_APP', '/')):
        return None  # as the script itself
    if values.get('UWSGI_INI_PATH') and values.get('UWSGI_PORT'):
        return command.parse(
            ['uwsgi', '--ini', values['UWSGI_INI_PATH'], '--pyargv', values.get('PYARGV', '')],
            {}, tree)
    daemon = values.get('DAEMON') or f'/usr/bin/{service}'
    arguments = quoting.split(values.get('DAEMON_ARGS', ''))
    if not values.get('NO_OPENSTACK_CONFIG_FILE_DAEMON_ARG'):
        arguments.insert(0, f'--config-file={values.get("CONFIG_FILE", "/etc/nova/nova.conf")}')
    return command.parse([daemon, *arguments], {}, tree)


def _values(text: str, tree: Tree) -> dict[str, str]:
    """The variables that a script sets before it comes to what all scripts share.

    Of the shared part, all is known that matters: see :func:`parse`.
    """
    text = text.partition('# The content after this line comes from openstack-pkg-tools')[0]
    values: dict[str, str] = {}
    guard = True
    for line in text.splitlines():
        condition = _CONDITION.search(line)
        if condition:
            guard = tree.exists(condition[1])
        elif line.strip() == 'fi':
            guard = True
        match = _ASSIGNMENT.match(line)
        if match and guard:
            values[match[1]] = _expanded(' '.join(quoting.split(match[2], comments=True)), values)
    return values


def _expanded(text: str, values: dict[str, str]) -> str:
    return re.sub(r'\$\{?([A-Z_]+)\}?', lambda match: values.get(match[1], ''), text)
