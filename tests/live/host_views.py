# SPDX-License-Identifier: Apache-2.0
"""The expected view of a compute host, checked in every API response that includes it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from typing import Any

from sandbox.client.api import Api
from tests.live import host_operations

STATUSES = ('UP', 'DOWN', 'UNKNOWN', 'MAINTENANCE', 'NEEDS_MAINTENANCE')

#: The first compute microversion, the last one without Nova's own host_status, the first one with
#: it, and one that clients of today request.
MICROVERSIONS = ('2.1', '2.15', '2.16', '2.90')

#: Fields of hypervisors that nova-ext 1.1 added.
FIELDS_OF_1_1 = {'forced_down', 'last_seen_up', 'maintenance', 'missing_records'}

#: ``[DEFAULT] service_down_time`` of the sandbox.
SERVICE_DOWN_TIME = datetime.timedelta(seconds=10)

#: Since when a host that reports has done so.
RECENTLY = datetime.timedelta(seconds=30)

#: Fields of servers that nova-ext 1.2 added, for who may see more than the status.
REASONS = {'host_status_reason', 'host_status_since'}

#: A policy rule that includes readers. Members have the reader role too and are left out.
RULE_FOR_READERS = 'rule:admin_api or (role:reader and not role:member)'

Window = dict[str, str | None]


@dataclasses.dataclass(frozen=True)
class HostView:
    """The state of a host that API responses are expected to show."""

    host_status: str
    state: str = 'up'
    status: str = 'enabled'
    reason: str | None = None
    forced_down: bool = False
    maintenance: Window | None = None
    #: Whether nova-compute does not report.
    silent: bool = False

    @property
    def host_status_1_0(self) -> str:
        """The ``host_status`` in nova-ext 1.0, which does not show announced maintenance."""
        return 'UP' if self.host_status == 'NEEDS_MAINTENANCE' else self.host_status


@dataclasses.dataclass(frozen=True)
class ObservedServer:
    """A server in the project of the reader and the member, and the host that it is on."""

    host: str
    id: str
    name: str

    def representations(
            self, api: Api, versions: tuple[str, ...], nova_ext: str) -> Iterator[dict[str, Any]]:
        """Yield the server as shown and as listed in detail, at each compute microversion."""
        for compute in versions:
            yield api.get(f'/servers/{self.id}', compute=compute, nova_ext=nova_ext)['server']
            [listed] = self.list_by_name(api, 'detail', compute=compute, nova_ext=nova_ext)
            yield listed

    def list_by_name(
            self, api: Api, form: str = '', query: str = '', **options: Any) -> list[Any]:
        """Return the list of servers, filtered by this server's name and by a query."""
        all_tenants = '&all_tenants=1' if api.persona == 'admin' else ''
        path = f'/servers/{form}'.rstrip('/')
        found: list[Any] = api.get(
            f'{path}?name={self.name}{all_tenants}{query}', **options)['servers']
        return found


def check_all_views(
        api: Api, reader_api: Api, member_api: Api, server: ObservedServer, view: HostView,
) -> None:
    """Check that administrators and readers see the host as expected and members do not see it.

    The policy has to be overridden with :data:`RULE_FOR_READERS`.
    """
    check_servers(api, server, view, MICROVERSIONS)
    check_servers(reader_api, server, view, ('2.90',))
    for nova_ext in ('1.0', '1.1', '1.2'):
        for shown in server.representations(member_api, ('2.90',), nova_ext):
            assert not {'host_status', 'host_maintenance', *REASONS} & shown.keys()
    for shown in server.representations(reader_api, ('2.90',), '1.2'):
        assert shown['host_status'] == view.host_status
        assert not REASONS & shown.keys()
    check_reasons(api, server, view)
    for persona in (api, reader_api):
        check_filter(persona, server, view)
    check_hypervisor(api, server, view)


def check_servers(
        api: Api, server: ObservedServer, view: HostView, versions: tuple[str, ...]) -> None:
    """Check the host's fields in the server, at each compute microversion."""
    for shown in server.representations(api, versions, '1.0'):
        assert shown['host_status'] == view.host_status_1_0
        assert 'host_maintenance' not in shown
    for shown in server.representations(api, versions, '1.1'):
        assert shown['host_status'] == view.host_status
        assert shown['host_maintenance'] == view.maintenance


def check_reasons(api: Api, server: ObservedServer, view: HostView) -> None:
    """Check what the status was judged by, against the service API."""
    service = host_operations.show_service(api, server.host)
    for shown in server.representations(api, MICROVERSIONS, '1.2'):
        assert shown['host_status'] == view.host_status
        reason = shown['host_status_reason']
        assert (reason['disabled'], reason['disabled_reason'], reason['forced_down']) == (
            service['status'] == 'disabled', service['disabled_reason'], service['forced_down'])
        assert reason['silent'] is view.silent
        age = _age(reason['last_seen_up'])
        assert age > SERVICE_DOWN_TIME if view.silent else abs(age) < RECENTLY
        assert shown['host_status_since'] == (
            reason['last_seen_up'] if view.host_status == 'UNKNOWN' else None)


def check_filter(api: Api, server: ObservedServer, view: HostView) -> None:
    """Check that the server is listed by its host's status and by no other status."""
    others = ''.join(f'&host_status={other}' for other in STATUSES if other != view.host_status)
    for form in ('', 'detail'):
        [listed] = server.list_by_name(
            api, form, f'&host_status={view.host_status}', nova_ext='1.1')
        assert listed['id'] == server.id
        assert not server.list_by_name(api, form, others, nova_ext='1.1')


def check_hypervisor(api: Api, server: ObservedServer, view: HostView) -> None:
    """Check the host's hypervisor against the expected view and against the service API."""
    service = host_operations.show_service(api, server.host)
    assert (service['state'], service['status'], service['disabled_reason'],
            service['forced_down']) == (view.state, view.status, view.reason, view.forced_down)
    for compute, nova_ext in (('2.1', '1.0'), ('2.53', '1.1'), ('2.90', '1.0'), ('2.90', '1.1')):
        for hypervisor in _hypervisors(api, server.host, compute, nova_ext):
            assert hypervisor['state'] == service['state']
            assert hypervisor['status'] == service['status']
            assert hypervisor['service']['disabled_reason'] == service['disabled_reason']
            if nova_ext == '1.0':
                assert not FIELDS_OF_1_1 & hypervisor.keys()
            else:
                _check_fields_of_1_1(hypervisor, service, view)
    for form, query, expected in (
            ('', f'state={view.state}', True), ('/detail', f'status={view.status}', True),
            ('/detail', f'state={_other(view.state, "up", "down")}', False),
            ('', f'status={_other(view.status, "enabled", "disabled")}', False)):
        listed = api.get(f'/os-hypervisors{form}?{query}', nova_ext='1.1')['hypervisors']
        names = [found['hypervisor_hostname'] for found in listed]
        assert (server.host in names) is expected


def _check_fields_of_1_1(
        hypervisor: dict[str, Any], service: dict[str, Any], view: HostView) -> None:
    assert hypervisor['forced_down'] == service['forced_down']
    assert hypervisor['maintenance'] == view.maintenance
    assert hypervisor['missing_records'] == []
    age = _age(hypervisor['last_seen_up'])
    if view.state == 'up':
        assert abs(age) < RECENTLY
    elif not view.forced_down:
        assert age > SERVICE_DOWN_TIME


def _age(time: str) -> datetime.timedelta:
    """Return how long ago a time was that an answer has."""
    return datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(time)


def _hypervisors(
        api: Api, host: str, compute: str, nova_ext: str) -> Iterator[dict[str, Any]]:
    """Yield a host's hypervisor as listed, as listed in detail and as shown."""
    versions = {'compute': compute, 'nova_ext': nova_ext}
    for form in ('', '/detail'):
        listed = api.get(f'/os-hypervisors{form}', **versions)['hypervisors']
        [found] = [one for one in listed if one['hypervisor_hostname'] == host]
        yield found
    yield api.get(f'/os-hypervisors/{found["id"]}', **versions)['hypervisor']


def _other(value: str, one: str, another: str) -> str:
    """Return whichever of two values the given one is not."""
    return another if value == one else one
