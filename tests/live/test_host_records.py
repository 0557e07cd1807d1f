# SPDX-License-Identifier: Apache-2.0
"""Which service record counts for a server, by what MariaDB has in its tables."""

from __future__ import annotations

import datetime
import uuid

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import host_operations, host_views, nova_api
from tests.live.host_views import HostView, ObservedServer

ALL_STATUSES = ''.join(f'&host_status={status}' for status in host_views.STATUSES)


@pytest.fixture(scope='module')
def deleted_server(api: Api) -> str:
    """The name of a server that was deleted."""
    guest = Guest.boot(api, name=f'gone-{uuid.uuid4().hex[:8]}', wait=False)
    try:
        guest.wait_status('ACTIVE')
        return str(guest.show()['name'])
    finally:
        guest.delete()


@pytest.mark.parametrize('query', ['deleted=true', 'changes-since={hour_ago}'])
def test_deleted_server_has_an_empty_status(api: Api, deleted_server: str, query: str) -> None:
    hour_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    query = query.format(hour_ago=hour_ago.strftime('%Y-%m-%dT%H:%M:%SZ'))
    query = f'all_tenants=1&name={deleted_server}&{query}'
    for compute in ('2.15', '2.16', '2.90'):
        for nova_ext in ('1.0', '1.1'):
            [server] = api.get(
                f'/servers/detail?{query}', compute=compute, nova_ext=nova_ext)['servers']
            assert (server['status'], server['host_status']) == ('DELETED', '')
    assert api.get(f'/servers?{query}{ALL_STATUSES}', nova_ext='1.1')['servers'] == []


@pytest.mark.slow
def test_host_name_is_compared_as_by_the_database(
        api: Api, observed_server: ObservedServer) -> None:
    """MariaDB compares without case, and so does Nova's own ``host_status``."""
    update = ("UPDATE nova_cell1.instances SET host = {}(host) "
              f"WHERE uuid = '{observed_server.id}'")
    nova_api.execute_sql(update.format('UPPER'))
    try:
        shown = api.get(f'/servers/{observed_server.id}', compute='2.16')['server']
        assert shown['OS-EXT-SRV-ATTR:host'] == observed_server.host.upper()
        assert shown['host_status'] == 'UP'
        with host_operations.maintenance_announced(api, observed_server.host, 'true'):
            view = HostView('NEEDS_MAINTENANCE', maintenance={'start': None, 'end': None})
            host_views.check_servers(api, observed_server, view, ('2.1', '2.90'))
            host_views.check_filter(api, observed_server, view)
        [hypervisor] = api.get(
            f'/os-hypervisors?hypervisor_hostname_pattern={observed_server.host}'
            '&with_servers=true', compute='2.90', nova_ext='1.1')['hypervisors']
        assert observed_server.id in [server['uuid'] for server in hypervisor['servers']]
    finally:
        nova_api.execute_sql(update.format('LOWER'))
