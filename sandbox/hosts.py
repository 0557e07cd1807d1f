"""The hosts of the cloud: namespaces of this machine, made, entered and ended here.

A host is what its first process (host_init.py) holds: a mount, network, pid and uts namespace.
It is found by that process's exact command line, so no pid file can ever point elsewhere.
"""

import contextlib
import ctypes
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox import settings
from sandbox.errors import SandboxError
from sandbox.settings import Options

CLONE_NEWNET = 0x40000000
INIT = pathlib.Path(__file__).with_name('host_init.py')
#: What a host whose services are not all root has of its own in /etc.
ACCOUNTS = ('passwd', 'group', 'sudoers.d')
_anchors: dict[int, int] = {}  # where each host was found last, to look there first


@dataclasses.dataclass(frozen=True)
class Host:
    """One host; number 1 is the controller and a compute host too."""

    number: int

    @property
    def name(self) -> str:
        """The host name, which is also Nova's and Neutron's name for it."""
        return f'stack{self.number}'

    @property
    def ip(self) -> str:
        """The address on the network that joins the hosts."""
        return f'{settings.SUBNET}.{self.number}'

    @property
    def uuid(self) -> str:
        """The host UUID for libvirt, which would otherwise read the machine's for all."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f'{self.name}.{settings.CHECKOUT}'))

    @property
    def directory(self) -> pathlib.Path:
        """All data of the host; seen as settings.LOCAL from inside."""
        return settings.CLOUD / 'hosts' / self.name

    @property
    def etc(self) -> pathlib.Path:
        """The host's configuration files; the same path inside and outside."""
        return settings.CLOUD / 'etc' / self.name

    @property
    def log_dir(self) -> pathlib.Path:
        """The host's logs; the same path inside and outside."""
        return settings.LOGS / self.name

    @property
    def spec(self) -> pathlib.Path:
        """What the first process of the host reads; its path identifies that process."""
        return self.directory / 'host.json'

    @property
    def root(self) -> pathlib.Path:
        """The root directory of the running host, seen from outside."""
        return pathlib.Path(f'/proc/{self.require_anchor()}/root')

    def anchor(self) -> int | None:
        """The pid, as seen from outside, of the host's first process; None if it is down."""
        wanted = [os.fsencode(part) for part in _init_command(self)]
        last = _anchors.get(self.number, 0)
        if _command_line(last) == wanted:
            return last
        for entry in os.scandir('/proc'):
            if entry.name.isdigit() and _command_line(int(entry.name)) == wanted:
                _anchors[self.number] = int(entry.name)
                return int(entry.name)
        return None

    def require_anchor(self) -> int:
        """Like anchor(), for callers that need a running host."""
        pid = self.anchor()
        if pid is None:
            raise SandboxError(
                f'Host {self.name} is not up; start the cloud with `sandbox/stack up`.')
        return pid

    def enter(self, command: Sequence[str], *, only_network: bool = False) -> list[str]:
        """The command line that runs a command inside this host."""
        pid = str(self.require_anchor())
        if only_network:
            return ['nsenter', '-t', pid, '-n', '--', *command]
        folder = os.getcwd()
        if not os.path.isdir(f'/proc/{pid}/root{folder}'):
            folder = '/'
        return ['nsenter', '-t', pid, '-m', '-n', '-p', '-u', f'--wdns={folder}', '--', *command]

    @contextlib.contextmanager
    def network(self) -> Iterator[None]:
        """Put the calling thread into the host's network for a while."""
        with open(f'/proc/{self.require_anchor()}/ns/net', 'rb') as theirs, \
                open('/proc/thread-self/ns/net', 'rb') as ours:
            _setns(theirs.fileno())
            try:
                yield
            finally:
                _setns(ours.fileno())


def all_hosts(count: int) -> list[Host]:
    """The hosts of a cloud of that size."""
    return [Host(number) for number in range(1, count + 1)]


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
             '--mount-proc', '--propagation', 'private', *_init_command(host)],
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


def _init_command(host: Host) -> list[str]:
    return [settings.PYTHON, str(INIT), str(host.spec)]


def _command_line(pid: int) -> list[bytes]:
    try:
        return pathlib.Path(f'/proc/{pid}/cmdline').read_bytes().split(b'\0')[:-1]
    except OSError:
        return []


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


def _setns(descriptor: int) -> None:
    # os.setns needs Python 3.12
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
