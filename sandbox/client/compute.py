"""A compute host of the sandbox, as somebody logged in there sees it."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
from collections.abc import Iterator

from sandbox import state
from sandbox.contained import containers
from sandbox.hosts import Host
from sandbox.processes import Service


class ComputeHost:
    """Runs commands on a host and finds its processes."""

    def __init__(self, number: int) -> None:
        self._host = Host(number)
        self.number = number
        self.name = self._host.name
        self.ip = self._host.ip

    @property
    def instances(self) -> pathlib.Path:
        """The instances directory, seen from this machine."""
        return state.require().instances(self._host)

    @property
    def etc(self) -> pathlib.Path:
        """Its configuration files, such as ``libvirt/virtlogd.conf``."""
        return state.require().etc(self._host)

    @property
    def nova_conf(self) -> pathlib.Path:
        """What its nova-compute reads, seen from this machine."""
        return state.require().nova_conf(self._host)

    @property
    def libvirt_logs(self) -> pathlib.Path:
        """Its /var/log/libvirt, seen from this machine."""
        return self._host.directory / 'log'

    def command(self, *command: str) -> list[str]:
        """The command line that runs a command inside the host."""
        return self._host.enter(command)

    def run(self, *command: str) -> str:
        """What a command prints, run inside the host; it must succeed within three minutes."""
        done = subprocess.run(
            self.command(*command), capture_output=True, text=True, timeout=180, check=False)
        if done.returncode:
            raise RuntimeError(f'{" ".join(command)}: {done.stderr.strip()}')
        return done.stdout

    def service(self, name: str) -> Service:
        """One of the host's services, such as ``nova-compute``."""
        return state.require().service(name, self.number)

    def pid_of(self, name: str) -> int:
        """The pid of one of its services itself, which may be in a container."""
        found = containers.pid_inside(self.service(name))
        if found is None:
            raise LookupError(f'{name} does not run on {self.name}')
        return found

    @contextlib.contextmanager
    def probe(self, guest_device: str, address: str) -> Iterator[None]:
        """A port of the host's own on a guest's network, for a while.

        :param guest_device: the tap device of a guest on that network
        :param address: the port's address with its length, such as ``10.9.200.1/16``
        """
        port = 'probe0'
        tag = self.run('ovs-vsctl', 'get', 'port', guest_device, 'tag').strip()
        self.run('ovs-vsctl', '--may-exist', 'add-port', 'br-int', port, f'tag={tag}',
                 '--', 'set', 'Interface', port, 'type=internal')
        try:
            self.run('ip', 'addr', 'replace', address, 'dev', port)
            self.run('ip', 'link', 'set', port, 'up')
            # Open vSwitch reads and writes a device's flags in two steps. When libvirt sets a
            # guest's device up between these, Open vSwitch sets it down again.
            self.run('ip', 'link', 'set', guest_device, 'up')
            yield
        finally:
            self.run('ovs-vsctl', '--if-exists', 'del-port', 'br-int', port)
