"""The hosts of the cloud: namespaces of this machine, which are entered here.

A host is what its first process (host_init.py) holds: a mount, network, pid and uts namespace.
It is found by that process's exact command line, so no pid file can ever point elsewhere.
"""

import contextlib
import ctypes
import dataclasses
import os
import pathlib
import uuid
from collections.abc import Iterator, Sequence

from sandbox import settings
from sandbox.errors import SandboxError

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
    def init_command(self) -> list[str]:
        """The command line of the host's first process, which no other process has."""
        return [settings.PYTHON, str(INIT), str(self.spec)]

    @property
    def root(self) -> pathlib.Path:
        """The root directory of the running host, seen from outside."""
        return pathlib.Path(f'/proc/{self.require_anchor()}/root')

    def anchor(self) -> int | None:
        """The pid, as seen from outside, of the host's first process; None if it is down."""
        wanted = [os.fsencode(part) for part in self.init_command]
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


def _command_line(pid: int) -> list[bytes]:
    try:
        return pathlib.Path(f'/proc/{pid}/cmdline').read_bytes().split(b'\0')[:-1]
    except OSError:
        return []


def _setns(descriptor: int) -> None:
    # os.setns needs Python 3.12
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
