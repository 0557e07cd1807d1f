# SPDX-License-Identifier: Apache-2.0
"""How a compute host has to look, through every door at which it can be looked at."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from typing import Any

from sandbox.client.api import Api
from tests.live import operating

STATUSES = ('UP', 'DOWN', 'UNKNOWN', 'MAINTENANCE', 'NEEDS_MAINTENANCE')

#: Before servers were listed with many fields, before and since Nova's own host_status, and what
#: is asked today.
MICROVERSIONS = ('2.1', '2.15', '2.16', '2.90')

#: What hypervisors have from nova-ext 1.1 on.
NEW_IN_1_1 = {'forced_down', 'last_seen_up', 'maintenance', 'missing_records'}

#: ``[DEFAULT] service_down_time`` of the sandbox.
SERVICE_DOWN_TIME = datetime.timedelta(seconds=10)

#: Lets readers see what by default only administrators may; a member is more than a reader.
FOR_READERS = 'rule:admin_api or (role:reader and not role:member)'

Window = dict[str, str | None]


@dataclasses.dataclass(frozen=True)
class Look:
    """How a host has to look."""

    host_status: str
    state: str = 'up'
    status: str = 'enabled'
    reason: str | None = None
    forced_down: bool = False
    maintenance: Window | None = None

    @property
    def host_status_1_0(self) -> str:
        """The word of nova-ext 1.0, which knows of no announcements."""
        return 'UP' if self.host_status == 'NEEDS_MAINTENANCE' else self.host_status


@dataclasses.dataclass(frozen=True)
class Subject:
    """A host and a server on it that belongs to the project of the reader and the member."""

    host: str
    server: str
    name: str

    def shown(self, api: Api, versions: tuple[str, ...], nova_ext: str
              ) -> Iterator[dict[str, Any]]:
        """The server in both of its representations, at each compute microversion."""
        for compute in versions:
            yield api.get(f'/servers/{self.server}', compute=compute, nova_ext=nova_ext)['server']
            [listed] = self.found(api, 'detail', compute=compute, nova_ext=nova_ext)
            yield listed

    def found(self, api: Api, form: str = '', query: str = '', **options: Any) -> list[Any]:
        """What a list that is narrowed to the server's name has."""
        everywhere = '&all_tenants=1' if api.persona == 'admin' else ''
        path = f'/servers/{form}'.rstrip('/')
        found: list[Any] = api.get(
            f'{path}?name={self.name}{everywhere}{query}', **options)['servers']
        return found


def check_table(api: Api, reader: Api, member: Api, subject: Subject, look: Look) -> None:
    """The host looks so to all who may see it, and to nobody else."""
    check_servers(api, subject, look, MICROVERSIONS)
    check_servers(reader, subject, look, ('2.90',))
    for nova_ext in ('1.0', '1.1'):
        for server in subject.shown(member, ('2.90',), nova_ext):
            assert not {'host_status', 'host_maintenance'} & server.keys()
    for persona in (api, reader):
        check_filter(persona, subject, look)
    check_hypervisor(api, subject, look)


def check_servers(
        api: Api, subject: Subject, look: Look, versions: tuple[str, ...]) -> None:
    """The server shows the host so."""
    for server in subject.shown(api, versions, '1.0'):
        assert server['host_status'] == look.host_status_1_0
        assert 'host_maintenance' not in server
    for server in subject.shown(api, versions, '1.1'):
        assert server['host_status'] == look.host_status
        assert server['host_maintenance'] == look.maintenance


def check_filter(api: Api, subject: Subject, look: Look) -> None:
    """Lists have the server when its host's status is asked for, and only then."""
    others = ''.join(f'&host_status={other}' for other in STATUSES if other != look.host_status)
    for form in ('', 'detail'):
        [server] = subject.found(api, form, f'&host_status={look.host_status}', nova_ext='1.1')
        assert server['id'] == subject.server
        assert not subject.found(api, form, others, nova_ext='1.1')


def check_hypervisor(api: Api, subject: Subject, look: Look) -> None:
    """The host's hypervisor is so, in words that are the service API's."""
    witness = operating.service(api, subject.host)
    assert (witness['state'], witness['status'], witness['disabled_reason'],
            witness['forced_down']) == (look.state, look.status, look.reason, look.forced_down)
    for compute, nova_ext in (('2.1', '1.0'), ('2.53', '1.1'), ('2.90', '1.0'), ('2.90', '1.1')):
        for hypervisor in _hypervisors(api, subject.host, compute, nova_ext):
            assert hypervisor['state'] == witness['state']
            assert hypervisor['status'] == witness['status']
            assert hypervisor['service']['disabled_reason'] == witness['disabled_reason']
            if nova_ext == '1.0':
                assert not NEW_IN_1_1 & hypervisor.keys()
            else:
                _check_new(hypervisor, witness, look)
    for form, query, there in (
            ('', f'state={look.state}', True), ('/detail', f'status={look.status}', True),
            ('/detail', f'state={_other(look.state, "up", "down")}', False),
            ('', f'status={_other(look.status, "enabled", "disabled")}', False)):
        listed = api.get(f'/os-hypervisors{form}?{query}', nova_ext='1.1')['hypervisors']
        names = [found['hypervisor_hostname'] for found in listed]
        assert (subject.host in names) is there


def _check_new(hypervisor: dict[str, Any], witness: dict[str, Any], look: Look) -> None:
    """What nova-ext 1.1 adds is so."""
    assert hypervisor['forced_down'] == witness['forced_down']
    assert hypervisor['maintenance'] == look.maintenance
    assert hypervisor['missing_records'] == []
    now = datetime.datetime.now(datetime.timezone.utc)
    silence = now - datetime.datetime.fromisoformat(hypervisor['last_seen_up'])
    if look.state == 'up':
        assert abs(silence) < datetime.timedelta(seconds=30)
    elif not look.forced_down:
        assert silence > SERVICE_DOWN_TIME


def _hypervisors(
        api: Api, host: str, compute: str, nova_ext: str) -> Iterator[dict[str, Any]]:
    """A host's hypervisor in its three representations."""
    versions = {'compute': compute, 'nova_ext': nova_ext}
    for form in ('', '/detail'):
        listed = api.get(f'/os-hypervisors{form}', **versions)['hypervisors']
        [found] = [one for one in listed if one['hypervisor_hostname'] == host]
        yield found
    yield api.get(f'/os-hypervisors/{found["id"]}', **versions)['hypervisor']


def _other(value: str, one: str, another: str) -> str:
    return another if value == one else one
