"""One server of the sandbox, its console and its process: independent checks of what it does."""

from __future__ import annotations

import itertools
import pathlib
import re
import time
from contextlib import AbstractContextManager
from typing import Any

from sandbox.client.api import Api, ApiError, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.console import SerialConsole, serial_console
from sandbox.client.process import GuestProcess

_NUMBERS = itertools.count(1)

#: Seconds that a booting guest may take until it listens. It takes 4 on an idle machine.
_BOOT_TIMEOUT = 300

#: How a migration stands when Nova does nothing for it; a resize waits to be confirmed.
_SETTLED = {
    'finished', 'confirmed', 'reverted', 'done', 'completed', 'cancelled', 'failed', 'error'}


class Guest:
    """A server whose guest runs the sandbox's image."""

    def __init__(self, api: Api, server_id: str) -> None:
        self.api = api
        self.id = server_id

    @classmethod
    def boot(
            cls, api: Api, *, host: int | None = None, flavor: str = 'tiny', name: str = '',
            image: str | None = 'guest', wait: bool = True, **fields: Any) -> Guest:
        """Boot a server.

        :param host: number of the compute host, which only an administrator may choose
        :param image: name of its image; None when the fields tell from which volume it boots
        :param wait: return when the guest listens to its console
        :param fields: more fields of the server, such as ``config_drive``
        """
        if image:
            images = api.get(f'/v2/images?name={image}', service='glance')['images']
            fields['imageRef'] = images[0]['id']
        networks = api.get('/v2.0/networks?name=net0', service='neutron')['networks']
        if host is not None:
            fields['availability_zone'] = f'nova:stack{host}'
        server = api.call('POST', '/servers', {'server': {
            'name': name or f'guest-{next(_NUMBERS)}', 'flavorRef': flavor,
            'networks': [{'uuid': networks[0]['id']}], **fields}})['server']
        guest = cls(api, server['id'])
        if wait:
            guest.wait_booted()
        return guest

    def show(self) -> dict[str, Any]:
        """The server as the API shows it."""
        return dict(self.api.get(f'/servers/{self.id}')['server'])

    def delete(self) -> None:
        """Delete the server, if there is one, and wait until it is gone."""
        self.api.request('DELETE', f'/servers/{self.id}')
        wait_for(f'server {self.id} deleted', lambda: self.api.request(
            'GET', f'/servers/{self.id}').status_code == 404)

    def act(self, action: str, arguments: Any = None, *, until: str | None = None) -> None:
        """Have Nova do something to the server.

        :param action: such as ``os-stop``
        :param until: the status to wait for, and for the end of what comes behind it
        """
        self.api.call('POST', f'/servers/{self.id}/action', {action: arguments})
        if until:
            self.wait_status(until)
            self.wait_settled()

    def wait_status(self, status: str, timeout: float = 300) -> None:
        """Wait until the server has that status and nothing is being done to it."""

        def reached() -> bool:
            server = self.show()
            if server['status'] == 'ERROR' and status != 'ERROR':
                raise ApiError(f'server {self.id}: {server.get("fault")}')
            return server['status'] == status and not server['OS-EXT-STS:task_state']

        wait_for(f'server {self.id} {status}', reached, timeout)

    def wait_settled(self) -> None:
        """Wait until Nova has done all that belongs to the latest action.

        Behind the server's status Nova still writes the new host of an evacuated server, removes
        the old host's port bindings and allocations, and forgets the flavor before a resize.
        Another action that comes meanwhile may find what is about to go.
        """
        actions = f'/servers/{self.id}/os-instance-actions'
        latest = self.api.get(actions)['instanceActions'][0]['request_id']
        wait_for(f'all that is done to server {self.id} has ended', lambda: all(
            event['finish_time'] for event in self.api.get(
                f'{actions}/{latest}')['instanceAction']['events']))
        # A live migration goes on when its event has ended.
        wait_for(f'the move of server {self.id} has ended', lambda: all(
            migration['status'] in _SETTLED for migration in self.api.get(
                f'/os-migrations?instance_uuid={self.id}&limit=1')['migrations']))

    def wait_booted(self) -> None:
        """Wait until the server is active and the guest listens to its console."""
        self.wait_status('ACTIVE')
        self.wait_ready()

    @property
    def host(self) -> ComputeHost:
        """Where it is now."""
        return ComputeHost(int(self.show()['OS-EXT-SRV-ATTR:host'].removeprefix('stack')))

    @property
    def process(self) -> GuestProcess:
        """Its running QEMU. During a live migration, the one that runs the guest."""
        return GuestProcess.find(self.id)

    def xml(self) -> str:
        """Its domain's live XML, as virsh shows it."""
        return self.host.run('virsh', 'dumpxml', self.id)

    def device(self) -> str:
        """The host's network device that carries its traffic."""
        found = re.search(r"<target dev='(tap[^']+)'", self.xml())
        if found is None:
            raise LookupError(f'server {self.id} has no tap device')
        return found.group(1)

    def wait_ready(self) -> None:
        """Wait until the guest listens to its console."""
        deadline = time.monotonic() + _BOOT_TIMEOUT
        while True:
            try:
                self.ask('proc-uptime', timeout=3)
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def ask(self, command: str, timeout: float = 180) -> str:
        """Type a command at the guest's serial console and return its answer.

        :param command: see sandbox/guest/init
        :param timeout: seconds to wait for the answer
        :raises OSError: no console, or no answer in time
        """
        prefix = f'>>> {command.split()[0]}: '
        deadline = time.monotonic() + timeout
        with self.console() as console:
            console.send(f'\n{command}\n'.encode())
            received = ''
            while True:
                for line in received.splitlines(keepends=True):
                    if line.startswith(prefix) and line.endswith('\n'):
                        return line.removeprefix(prefix).strip()
                data = console.receive(max(0.01, deadline - time.monotonic()))
                received += data.decode(errors='replace')

    def console(self) -> AbstractContextManager[SerialConsole]:
        """A connection to its first serial port, which nobody else may have meanwhile.

        :raises OSError: there is none
        """
        host = self.host
        return serial_console(host.run('virsh', 'dumpxml', self.id), host.ip)

    def meminfo(self) -> dict[str, int]:
        """The guest's own /proc/meminfo in KiB: MemTotal, MemFree, MemAvailable."""
        return {key: int(value) for key, value in
                re.findall(r'(\w+):(\d+)', self.ask('meminfo'))}

    def console_log(self) -> pathlib.Path:
        """Its console log, as a file of this machine."""
        return self.host.instances / self.id / 'console.log'
