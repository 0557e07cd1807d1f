"""Makes the namespaces that hosts are, joins them by a network, and ends them."""

import json
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox import settings
from sandbox.errors import SandboxError
from sandbox.hosts import ACCOUNTS, Host
from sandbox.settings import Options


def create(host: Host, *, hosts: Sequence[Host], options: Options) -> None:
    """Start the namespaces of a host; host 1 must be the first."""
    for name in ('instances', 'state/nova', 'state/nova-locks', 'state/neutron', 'services',
                 'rabbitmq', 'lib', 'log', 'cache'):
        (host.directory / name).mkdir(parents=True, exist_ok=True)
    settings.LOCAL.mkdir(parents=True, exist_ok=True)
    if options.shared_instances:
        settings.SHARED_INSTANCES.mkdir(parents=True, exist_ok=True)
    start(host, hosts, {
        'checkout': None if options.root else str(settings.CHECKOUT),
        'binds': _binds(host, options),
        'shared': [str(settings.SHARED_INSTANCES), str(settings.LOCAL / 'instances')]
                  if options.shared_instances else None,
    })


def start(host: Host, hosts: Sequence[Host], furniture: Mapping[str, Any], *,
          tied: bool = False) -> None:
    """Start the first process of a host, which furnishes it, and join it with the others.

    :param hosts: those of the cloud; the first one must have been started before the others
    :param furniture: ``binds``, what takes the place of something else: [source, target];
        ``shared``, as ``binds``, for one directory on all hosts; ``checkout``, to which every
        user shall come; ``root``, see sandbox.debian
    :param tied: whether the host ends when this thread does
    """
    host.directory.mkdir(parents=True, exist_ok=True)
    host.log_dir.mkdir(parents=True, exist_ok=True)
    ready = host.directory / 'ready'
    host.spec.write_text(json.dumps({
        'hostname': host.name,
        'hosts': {'localhost': '127.0.0.1', **{other.name: other.ip for other in hosts}},
        'bridge': {'ip': host.ip} if host.number == 1 else None,
        'ready': str(ready),
        **furniture,
    }, indent=1))
    log = host.log_dir / 'host.log'
    tie = ['setpriv', '--pdeathsig', 'KILL'] if tied else []
    with log.open('ab') as output:
        subprocess.Popen(
            [*tie, 'unshare', '--mount', '--net', '--pid', '--uts', '--fork', '--kill-child',
             '--mount-proc', '--propagation', 'private', *host.init_command],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            cwd='/')
    _wait_ready(host, ready, log)
    if host.number > 1:
        _join(host, hosts[0])


def destroy(hosts: Sequence[Host], timeout: float = 120) -> None:
    """End hosts: the kernel ends all processes of a namespace with its first one."""
    for host in hosts:
        pid = host.anchor()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + timeout
    while any(host.anchor() is not None for host in hosts):
        if time.monotonic() > deadline:
            raise SandboxError('A host did not end; look at `ps` for host_init.py.')
        time.sleep(0.05)


def _binds(host: Host, options: Options) -> list[list[str]]:
    """What of this host takes the place of the machine's: [ours, theirs]."""
    binds = [[str(host.directory / name), f'/var/{name}/libvirt']
             for name in ('lib', 'log', 'cache')]
    binds += [[str(host.etc / name), f'/etc/{name}']
              for name in ('libvirt', 'ssh', *(() if options.root else ACCOUNTS))]
    return [*binds, [str(host.directory), str(settings.LOCAL)]]


def _wait_ready(host: Host, ready: pathlib.Path, log: pathlib.Path, timeout: float = 120) -> None:
    deadline = time.monotonic() + timeout
    while not ready.exists():
        if time.monotonic() > deadline:
            raise SandboxError(
                f'The namespaces of {host.name} were not made within {timeout:.0f} s:\n'
                f'{log.read_text()[-2000:]}')
        time.sleep(0.02)


def _join(host: Host, controller: Host) -> None:
    """Plug a host into the bridge, which is in the controller's network namespace."""
    port = f'port{host.number}'
    for where, words in (
        (controller, ['link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0',
                      'netns', str(host.require_anchor())]),
        (controller, ['link', 'set', port, 'master', 'hub', 'up']),
        (host, ['addr', 'add', f'{host.ip}/24', 'dev', 'eth0']),
        (host, ['link', 'set', 'eth0', 'up']),
    ):
        subprocess.run(
            where.enter(['ip', *words], only_network=True), check=True, timeout=120)
