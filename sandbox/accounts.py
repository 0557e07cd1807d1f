"""The accounts that services run as, where not all of them are root.

A host has lists of users and groups of its own: the machine's, and in them ``nova`` as Debian's
packages make it. The machine's own stay as they are.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
from collections.abc import Iterable

from sandbox import hosts, settings
from sandbox.errors import SandboxError
from sandbox.hosts import Host
from sandbox.settings import Options

#: The user of Nova's services, and the group that is its own.
NOVA = 'nova'

#: Debian's number of both.
NUMBER = 64060

#: May use libvirt.
LIBVIRT = 'libvirt'

HOME = settings.LOCAL / 'state' / 'nova'
_SHELL = '/bin/sh'

#: Runs the guests, as Debian's libvirt has it.
QEMU = 'libvirt-qemu'

# What a host has that is nova's, below its directory and below its etc.
_DIRECTORIES = ('instances', 'state/nova', 'state/nova-locks')
_KEY = 'ssh/id_ed25519'
_CONFIGURATION = ('nova', 'nova-api', 'nova-api-stock')


@dataclasses.dataclass(frozen=True)
class Accounts:
    """Lists of users and groups in which nova is."""

    passwd: str
    group: str
    #: Of nova.
    uid: int
    gid: int


def with_nova(passwd: str, group: str) -> Accounts:
    """Add nova to lists of users and groups, as passwd(5) and group(5) have them.

    Who has nova already keeps its numbers.
    """
    users, groups = _parse(passwd), _parse(group)
    [gid] = [int(fields[2]) for fields in groups if fields[0] == NOVA] or [_free(groups)]
    [uid] = [int(fields[2]) for fields in users if fields[0] == NOVA] or [_free(users)]
    return Accounts(
        passwd=_text([*(fields for fields in users if fields[0] != NOVA),
                      # An asterisk: no password, and not locked for ssh either.
                      [NOVA, '*', str(uid), str(gid), '', str(HOME), _SHELL]]),
        group=_text([*(_with_member(fields) if fields[0] == LIBVIRT else fields
                       for fields in groups if fields[0] != NOVA),
                     [NOVA, '*', str(gid), '']]),
        uid=uid, gid=gid)


def of_machine() -> Accounts:
    """The machine's users and groups, and nova."""
    return with_nova(pathlib.Path('/etc/passwd').read_text(),
                     pathlib.Path('/etc/group').read_text())


def uids(etc: pathlib.Path) -> dict[str, int]:
    """The users of a host by name.

    :param etc: its configuration files, of which the list of users is its own
    """
    return {fields[0]: int(fields[2]) for fields in _parse((etc / 'passwd').read_text())}


def write(host: Host, found: Accounts, privsep_helper: str) -> None:
    """Write the lists of a host, and what nova may do there as root.

    :param privsep_helper: the one command, with any arguments
    """
    passwd, group, rules = (host.etc / name for name in hosts.ACCOUNTS)
    passwd.write_text(found.passwd)
    group.write_text(found.group)
    rules.mkdir()
    escaped = re.sub(r'([,:=\\])', r'\\\1', privsep_helper)
    (rules / NOVA).write_text(f'{NOVA} ALL = (root) NOPASSWD: {escaped} *\n')


def hand_over(host: Host, found: Accounts) -> None:
    """Give nova the directories of a host that are its own, and its secrets to nobody else.

    :raises PermissionError: this is not root
    """
    for path in (*(host.directory / name for name in _DIRECTORIES), settings.SHARED_INSTANCES,
                 host.etc / _KEY):
        if path.exists():
            os.chown(path, found.uid, found.gid)
    for path in _files(host.etc / name for name in _CONFIGURATION):
        os.chown(path, 0, found.gid)
        path.chmod(0o640)
    for path in _files([host.etc / 'sudoers.d']):
        path.chmod(0o440)
    (host.etc / 'libvirt/qemu.conf').chmod(0o600)


def of_nova(options: Options) -> str | None:
    """The user of Nova's services; None: root."""
    return None if options.root else NOVA


def of_guests(options: Options) -> str | None:
    """The user of the guests' QEMU; None: root."""
    return None if options.root else QEMU


def check_reach(*folders: pathlib.Path) -> None:
    """Return when nova can read what it runs from, once it can come to the checkout.

    :raises SandboxError: it cannot, in a checkout that was made with a strict umask
    """
    for folder in (settings.CHECKOUT, settings.STATE, *folders):
        if folder.stat().st_mode & 0o005 != 0o005:
            raise SandboxError(
                f'Nova\'s services are not root, and only root may read {folder}. Let others '
                f'read it (chmod -R o+rX {folder}), or run all as root (--root).')


def environment(user: str | None) -> dict[str, str]:
    """The variables that a user's processes have otherwise than root's."""
    return {} if user is None else {'HOME': str(HOME), 'USER': user, 'LOGNAME': user}


def as_user(user: str | None, command: list[str]) -> list[str]:
    """The command line that runs a command as a user of its host; None: as it is."""
    if user is None:
        return command
    return ['setpriv', f'--reuid={user}', f'--regid={user}', '--init-groups', '--', *command]


def _parse(text: str) -> list[list[str]]:
    return [line.split(':') for line in text.splitlines() if line.strip()]


def _text(entries: Iterable[list[str]]) -> str:
    return ''.join(f'{":".join(fields)}\n' for fields in entries)


def _free(entries: list[list[str]]) -> int:
    """Debian's number, or the next one that nobody has."""
    taken = {fields[2] for fields in entries}
    number = NUMBER
    while str(number) in taken:
        number += 1
    return number


def _with_member(fields: list[str]) -> list[str]:
    members = [name for name in fields[3].split(',') if name and name != NOVA]
    return [*fields[:3], ','.join([*members, NOVA])]


def _files(folders: Iterable[pathlib.Path]) -> list[pathlib.Path]:
    return [path for folder in folders if folder.exists() for path in folder.iterdir()]
