# SPDX-License-Identifier: Apache-2.0
"""systemd's units of Nova's services, as their files say."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple, Optional

from nova_ext.cmd.services import command, initscript, quoting
from nova_ext.cmd.services.tree import Tree

#: Where units are, from what overrides to what is overridden.
_DIRECTORIES = ('/etc/systemd/system', '/run/systemd/system', '/usr/local/lib/systemd/system',
                '/usr/lib/systemd/system', '/lib/systemd/system')

_INIT = '/etc/init.d'


class Unit(NamedTuple):
    """A unit that runs one of the services that nova-ext has a part in."""

    #: Without ``.service``.
    name: str
    #: The file that it is in.
    file: str
    command: command.Command
    #: Whose home oslo.config searches; empty: root.
    user: str


def find(tree: Tree) -> Iterator[Unit]:
    """The units that run Nova's API or compute service, by their names; then init scripts.

    Some outlive what they start: an init script, for one, a package that was removed and not
    purged. They do not count.

    :raises PermissionError: one that may be of Nova's cannot be read
    """
    files: dict[str, str] = {}
    for directory in _DIRECTORIES:
        for file in tree.matches(directory, '*.service'):
            files.setdefault(os.path.basename(file), file)
    names = [(file, _of_unit) for _, file in sorted(files.items())]
    names += [(script, _of_script) for script in tree.matches(_INIT, '*nova*')
              if f'{os.path.basename(script)}.service' not in files]
    for file, parse in names:
        try:
            unit = parse(file, tree)
        except PermissionError:
            raise
        except OSError:
            continue  # a link that leads nowhere, or what it names is not there
        if unit is not None and unit.command.is_there(tree):
            yield unit


def _of_script(file: str, tree: Tree) -> Optional[Unit]:
    found = initscript.parse(file, tree)
    return None if found is None else Unit(os.path.basename(file), file, found, 'nova')


def _of_unit(file: str, tree: Tree) -> Optional[Unit]:
    text = tree.read(file)
    name = os.path.basename(file)
    drop_ins: dict[str, str] = {}
    for directory in _DIRECTORIES:
        for path in tree.matches(f'{directory}/{name}.d', '*.conf'):
            drop_ins.setdefault(os.path.basename(path), path)
    text = '\n'.join([text, *(tree.read(path) for _, path in sorted(drop_ins.items()))])
    if 'nova' not in text:
        return None  # one that is masked, for another, is empty
    settings = _settings(text)
    words = _words(settings.get('ExecStart', []))
    environ = _environ(settings, tree)
    if words and words[0].startswith(f'{_INIT}/'):
        found = initscript.parse(words[0], tree)
    else:
        found = command.parse(
            [re.sub(r'\$\{?(\w+)\}?', lambda match: environ.get(match[1], ''), word)
             for word in words], environ, tree)
    if found is None:
        return None
    return Unit(name[:-len('.service')], file, found, settings.get('User', [''])[-1])


def _settings(text: str) -> dict[str, list[str]]:
    """The values in the sections [Service], by name; an empty one takes back those before."""
    found: dict[str, list[str]] = {}
    section = ''
    for line in re.sub(r'\\\n', ' ', text).splitlines():
        line = line.strip()
        if line.startswith('['):
            section = line
        elif section == '[Service]' and '=' in line and not line.startswith(('#', ';')):
            name, _, value = line.partition('=')
            if value.strip():
                found.setdefault(name.strip(), []).append(value.strip())
            else:
                found.pop(name.strip(), None)
    return found


def _words(values: list[str]) -> list[str]:
    return quoting.split(values[-1].lstrip('-@:+!')) if values else []


def _environ(settings: dict[str, list[str]], tree: Tree) -> dict[str, str]:
    pairs = [word for value in settings.get('Environment', []) for word in quoting.split(value)]
    for value in settings.get('EnvironmentFile', []):
        name = value.lstrip('-')
        if tree.exists(name):
            pairs.extend(' '.join(quoting.split(line, comments=True))
                         for line in tree.read(name).splitlines())
    return dict(pair.split('=', 1) for pair in pairs if '=' in pair)
