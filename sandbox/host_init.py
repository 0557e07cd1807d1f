"""First process of a host: furnishes the namespaces it was started in, then reaps.

Runs as pid 1 under `unshare`, with the path of a JSON file (written by namespaces.start) as its
argument. When it ends, the kernel ends every other process of the host.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time
from typing import Any

RUN_DIRECTORIES = ('lock', 'libvirt', 'openvswitch', 'netns', 'sshd')


def run(*command: str) -> None:
    """Run a command; its failure ends the host, whose log then tells why."""
    subprocess.run(command, check=True)


def mount_root(root: dict[str, Any]) -> str:
    """Mount layers of files, of which only the last is written to, as a root of the host's own."""
    target = root['mountpoint']
    run('mount', '-t', 'overlay', 'overlay', '-o', f'lowerdir={":".join(root["layers"])},'
        f'upperdir={root["changes"]},workdir={root["work"]}', target)
    run('mount', '-t', 'proc', 'proc', f'{target}/proc')
    run('mount', '--rbind', '/dev', f'{target}/dev')
    return str(target)


def mount_directories(spec: dict[str, Any], root: str) -> None:
    """Give the host a /run, a /sys of its own network, and its own directories.

    :param root: where the host's root is mounted; empty when it is the machine's
    """
    run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', f'{root}/run')
    for name in RUN_DIRECTORIES:
        pathlib.Path(f'{root}/run', name).mkdir()
    run('mount', '-t', 'sysfs', 'sysfs', f'{root}/sys')
    if spec.get('checkout'):
        open_way(pathlib.Path(spec['checkout']))
    for source, target in spec['binds']:
        if root:
            pathlib.Path(root + target).mkdir(parents=True, exist_ok=True)
        run('mount', '--bind', source, root + target)
    names = pathlib.Path(f'{root}/run/hosts')
    names.write_text(''.join(f'{ip} {name}\n' for name, ip in spec['hosts'].items()))
    run('mount', '--bind', str(names), f'{root}/etc/hosts')


def change_root(root: str) -> None:
    """Make what is mounted there the root of the host, for whoever enters it, too."""
    run('pivot_root', root, f'{root}/mnt')
    run('umount', '--lazy', '/mnt')
    os.chdir('/')


def open_way(checkout: pathlib.Path) -> None:
    """Let every user of the host come to the checkout, which may be in root's home."""
    closed = [folder for folder in reversed(checkout.parents) if not folder.stat().st_mode & 0o001]
    if not closed:
        return
    aside = pathlib.Path('/run/checkout')
    aside.mkdir()
    run('mount', '--bind', str(checkout), str(aside))
    run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', str(closed[0]))
    checkout.mkdir(parents=True)
    run('mount', '--move', str(aside), str(checkout))
    aside.rmdir()


def share_instances(source: str, target: str) -> None:
    """Mount one directory on all hosts as what libvirt takes for a cluster file system."""
    run('bindfs', '-o', 'nonempty,fsname=shared,subtype=glusterfs', source, target)
    deadline = time.monotonic() + 5
    while f' {target} fuse.glusterfs ' not in pathlib.Path('/proc/mounts').read_text():
        if time.monotonic() > deadline:
            raise SystemExit(f'bindfs did not mount {target}')
        time.sleep(0.05)


def bring_up_network(spec: dict[str, Any]) -> None:
    """Loopback, and on the controller the bridge that the other hosts plug into."""
    run('ip', 'link', 'set', 'lo', 'up')
    if spec['bridge']:
        # A fixed hardware address: otherwise it changes with every port that is added.
        run('ip', 'link', 'add', 'hub', 'address', '02:00:0a:63:00:01', 'type', 'bridge')
        run('ip', 'addr', 'add', spec['bridge']['ip'] + '/24', 'dev', 'hub')
        run('ip', 'link', 'set', 'hub', 'up')


def reap() -> None:
    """Collect the exit status of every orphan, for ever."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(0.2)


def main() -> None:
    """Furnish the host, say so, and stay."""
    spec = json.loads(pathlib.Path(sys.argv[1]).read_text())
    socket.sethostname(spec['hostname'])
    root = mount_root(spec['root']) if spec.get('root') else ''
    mount_directories(spec, root)
    if root:
        change_root(root)
    if spec.get('shared'):
        share_instances(*spec['shared'])
    bring_up_network(spec)
    pathlib.Path(spec['ready']).touch()
    reap()


if __name__ == '__main__':
    main()
