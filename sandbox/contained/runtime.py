"""Runs a command in a container, in the place of Docker: inside a host, as its root.

    python3 runtime.py SPEC

SPEC is a JSON file (written by containers.py). This process stays outside and passes SIGTERM on;
the first process of the container furnishes it, starts the command and reaps.
"""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import Any

CLONE_NEWNS, CLONE_NEWPID = 0x00020000, 0x20000000
MNT_DETACH, PR_SET_PDEATHSIG = 2, 1

#: What Docker mounts into each container beside its volumes.
FILES = ('/etc/hosts', '/etc/hostname', '/etc/resolv.conf')

_libc = ctypes.CDLL(None, use_errno=True)


def check(result: int) -> None:
    """Raise the error of a call of the C library's that has failed."""
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def run(*command: str) -> None:
    """Run a command; its failure ends the container."""
    subprocess.run(command, check=True)


def mount_root(spec: dict[str, Any]) -> str:
    """Mount the image's file system, with a fresh layer for what is written to it."""
    folder = tempfile.mkdtemp(prefix='container-', dir=spec['folder'])
    for name in ('upper', 'work', 'root'):
        os.mkdir(f'{folder}/{name}')
    target = f'{folder}/root'
    run('mount', '-t', 'overlay', 'overlay', '-o', f'lowerdir={":".join(spec["layers"])},'
        f'upperdir={folder}/upper,workdir={folder}/work', target)
    return target


def bind(source: str, target: str, *, read_only: bool = False) -> None:
    """Mount a file or directory of the host's, with all that is mounted in it."""
    if os.path.isdir(source):
        pathlib.Path(target).mkdir(parents=True, exist_ok=True)
    else:
        pathlib.Path(target).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(target).touch()
    run('mount', '--rbind', source, target)
    if read_only:
        run('mount', '-o', 'remount,bind,ro', target)


def furnish(spec: dict[str, Any]) -> None:
    """Make the root directory of the container, and enter it."""
    run('mount', '--make-rprivate', '/')
    root = mount_root(spec)
    run('mount', '-t', 'proc', 'proc', f'{root}/proc')
    run('mount', '-t', 'sysfs', 'sysfs', f'{root}/sys')
    for name in FILES:
        if os.path.exists(name):
            bind(name, root + name)
    for source, target, mode in spec['volumes']:
        bind(source, root + target, read_only=mode == 'ro')
    pathlib.Path(root, '.dockerenv').touch()
    run('pivot_root', root, f'{root}/mnt')
    os.chdir('/')
    check(_libc.umount2(b'/mnt', MNT_DETACH))


def copy_configuration(spec: dict[str, Any]) -> list[str]:
    """Put files where the service reads them, as Kolla does at each start; return the command."""
    config = json.loads(pathlib.Path(spec['config']).read_text())
    for file in config['config_files']:
        target = file['dest']
        pathlib.Path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file['source'], target)
        os.chmod(target, int(file['perm'], 8))
        shutil.chown(target, file['owner'], file['owner'])
    return str(config['command']).split()


def start(command: list[str], spec: dict[str, Any]) -> int:
    """Start a command as the user of the image; return its pid."""
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(spec['gid'])
        os.setuid(spec['uid'])
        os.execvpe(command[0], command, spec['environment'])  # noqa: S606
    return pid


def reap(pid: int) -> int:
    """Wait for the end of a child, and collect the exit status of every orphan until then."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def pass_on(pid: int) -> None:
    """Have a child end when this process is asked to."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))


def main() -> None:
    """Be the runtime, or the first process of the container."""
    os.umask(0o022)
    spec = json.loads(pathlib.Path(sys.argv[1]).read_text())
    check(_libc.unshare(CLONE_NEWNS | (0 if spec['host_pids'] else CLONE_NEWPID)))
    first = os.fork()
    if first == 0:
        check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        furnish(spec)
        first = start(copy_configuration(spec), spec)
    pass_on(first)
    sys.exit(abs(reap(first)))


if __name__ == '__main__':
    main()
