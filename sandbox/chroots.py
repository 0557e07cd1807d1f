# SPDX-License-Identifier: Apache-2.0
"""Debian systems of their own: a base of Debian's packages, and copies of it that may be changed.

A base is made once with mmdebstrap, from the archives that this machine's apt uses, and kept below
``.sandbox/chroots``. A copy costs nothing: it is what was changed, laid over the base.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence

from sandbox import packages, settings
from sandbox.errors import SandboxError

FOLDER = settings.STATE / 'chroots'

#: Seconds after which a command, or the making of a base, is ended.
TIMEOUT = 30 * 60

#: What commands find in a chroot, with the way to the archives that this machine has.
ENVIRONMENT = {
    'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root',
    'LANG': 'C.UTF-8', 'DEBIAN_FRONTEND': 'noninteractive',
    **{name: value for name, value in os.environ.items() if name.lower().endswith('_proxy')},
}

#: The command by which each package of Python modules compiles its own, a quarter of a second at
#: a time; for as long as packages are installed it does nothing.
_COMPILER = '/usr/bin/py3compile'
_DIVERT = f'dpkg-divert --quiet --divert {_COMPILER}.kept --rename'
HOLD_COMPILER = (f'{_DIVERT} --add {_COMPILER}; '
                 f'printf "#!/bin/sh\\n" >{_COMPILER}; chmod +x {_COMPILER}')
#: Afterwards everything is compiled at once, on all processors, but tests that nobody runs.
COMPILE = (f'rm {_COMPILER}; {_DIVERT} --remove {_COMPILER}; '
           'python3 -m compileall -q -j 0 -x /tests?/ /usr/lib/python3/dist-packages || true')

#: Enters a chroot in namespaces of its own, in which nothing outlives the command.
#:
#:     ENTER BASE CHANGES COMMAND...
_ENTER = '''
set -e
base=$1 changes=$2
shift 2
mount --make-rprivate /
root=$changes/root
mount -t overlay overlay -o "lowerdir=$base,upperdir=$changes/upper,workdir=$changes/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
exec chroot "$root" "$@"
'''


class Chroot:
    """A copy of a base, as commands before have left it."""

    def __init__(self, base: pathlib.Path, changes: pathlib.Path) -> None:
        """Begin with the base as it is.

        :param base: the root of a system; not changed
        :param changes: an empty folder, for what is
        """
        self._base = base
        self._changes = changes
        for name in ('upper', 'work', 'root'):
            (changes / name).mkdir()

    def run(self, *command: str, user: str = 'root') -> subprocess.CompletedProcess[str]:
        """Run a command in it, with the network of the machine, and wait for its end.

        :raises subprocess.TimeoutExpired: it does not end
        """
        become = [] if user == 'root' else ['runuser', '-u', user, '--']
        return subprocess.run(
            self.enter(*become, *command), env=ENVIRONMENT, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors='replace', timeout=TIMEOUT, check=False)

    def enter(self, *command: str) -> list[str]:
        """Return the command that runs another in it, for one at a time."""
        return ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--uts', '--ipc', 'sh',
                '-c', _ENTER, 'enter', str(self._base), str(self._changes), *command]

    def put(self, source: pathlib.Path, target: str) -> None:
        """Copy a file into it.

        :param target: its absolute path there, in a folder that is not yet in the base or is
            real, not a link
        """
        path = self._changes / 'upper' / target.lstrip('/')
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, path)


@contextlib.contextmanager
def opened(base: pathlib.Path) -> Iterator[Chroot]:
    """A copy of a base, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix='changes-', dir=FOLDER) as changes:
        yield Chroot(base, pathlib.Path(changes))


def base(name: str, wanted: Sequence[str]) -> pathlib.Path:
    """Return the root of a base, and make it where there is none that is up to date.

    :param name: of its folder
    :param wanted: packages, which come with what they depend on and nothing more
    :raises SandboxError: it cannot be made
    """
    packages.ensure_named(['mmdebstrap'])
    archives = _archives()
    digest = hashlib.sha256(repr([archives, _versions(wanted)]).encode()).hexdigest()
    root, stamp = FOLDER / name, FOLDER / f'{name}.complete'
    if stamp.exists() and stamp.read_text() == digest:
        return root
    stamp.unlink(missing_ok=True)
    shutil.rmtree(root, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = [f'deb {uri} {suite} {component}' for uri, suite, component in archives]
    log = FOLDER / f'{name}.log'
    with log.open('w') as output:
        done = subprocess.run(
            # What it mounts is gone when it ends, however it ends.
            ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc',
             'mmdebstrap', '--mode=root', '--variant=minbase', f'--include={",".join(wanted)}',
             f'--essential-hook=chroot "$1" sh -c {shlex.quote(HOLD_COMPILER)}',
             f'--customize-hook=chroot "$1" sh -c {shlex.quote(COMPILE)}',
             '--dpkgopt=force-unsafe-io', '--aptopt=Acquire::Languages "none"',
             '--skip=cleanup/apt/lists', archives[0][1], str(root), *lines],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=TIMEOUT,
            check=False)
    if done.returncode:
        raise SandboxError(f'A Debian with {" ".join(wanted)} cannot be made: see {log}')
    policy = root / 'usr/sbin/policy-rc.d'
    policy.write_text('#!/bin/sh\nexit 101\n')  # nothing starts by being installed
    policy.chmod(0o755)
    stamp.write_text(digest)
    return root


def _archives() -> list[tuple[str, str, str]]:
    """Address, suite and component of Debian's archives, as this machine's apt knows them."""
    found = _apt('apt-get', 'indextargets', '--format',
                 '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)', 'Identifier: Packages')
    lines = [line.split() for line in found.splitlines()]
    archives = [(words[0], words[1], words[2]) for words in lines if words[3:] == ['Debian']]
    if not archives:
        raise SandboxError('apt knows no archive of Debian. Look at its sources.')
    return archives


def _versions(names: Sequence[str]) -> list[str]:
    """The lines of apt's that say which version of each package it would install."""
    shown = _apt('apt-cache', 'show', '--no-all-versions', *names)
    return [line for line in shown.splitlines() if line.startswith(('Package: ', 'Version: '))]


def _apt(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT,
                          check=False).stdout
