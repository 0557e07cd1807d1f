# SPDX-License-Identifier: Apache-2.0
"""``openstack hypervisor status list`` and ``diagnostics show``, compared with the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import host_operations
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.openstack_client import OpenStackClient

HOST, OTHER_HOST = f'stack{PLUGIN_HOST}', f'stack{OTHER_PLUGIN_HOST}'

HYPERVISORS = ('hypervisor', 'status', 'list')


@pytest.fixture(scope='module')
def openstack() -> OpenStackClient:
    return OpenStackClient()


def test_hypervisor_status_list_fields_and_filters(openstack: OpenStackClient, api: Api) -> None:
    with host_operations.disabled(api, OTHER_HOST, 'new fans'):
        listed = openstack.json(*HYPERVISORS, '--long')
        [disabled] = openstack.json(*HYPERVISORS, '--status', 'disabled', '--state', 'up')
    answers = api.get('/os-hypervisors/detail', nova_ext='1.1')['hypervisors']
    assert [row['ID'] for row in listed] == [one['id'] for one in answers]
    by_name = {row['Hypervisor Hostname']: row for row in listed}
    assert by_name[HOST]['Status'] == 'enabled'
    assert by_name[HOST]['Disabled Reason'] is None
    assert by_name[HOST]['Forced Down'] is False
    assert by_name[HOST]['Missing Records'] == []
    assert by_name[HOST]['Last Seen Up'] <= next(
        one['last_seen_up'] for one in answers if one['hypervisor_hostname'] == HOST)
    assert (disabled['Hypervisor Hostname'], disabled['State'], disabled['Status'],
            disabled['Disabled Reason']) == (OTHER_HOST, 'up', 'disabled', 'new fans')


def test_hypervisor_status_list_uses_requested_microversion(openstack: OpenStackClient) -> None:
    listed = openstack.json('--os-compute-api-version', '2.52', *HYPERVISORS)
    assert all(isinstance(row['ID'], int) for row in listed)


def test_hypervisor_diagnostics_show_is_what_the_api_tells(
        openstack: OpenStackClient, api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=PLUGIN_HOST)
    rows = openstack.json('hypervisor', 'diagnostics', 'show', HOST, '--sort', 'disk')
    [row] = [row for row in rows if row['ID'] == guest.id]
    assert (row['State'], row['Responding']) == ('running', True)
    assert row['Name'] == guest.show()['name']
    disks = api.diagnostics(guest.id)['disk_details']
    assert 0 < row['Disk'] <= sum(disk['read_bytes'] + disk['write_bytes'] for disk in disks)
    known = [row['Disk'] for row in rows if row['Disk'] is not None]
    assert known == sorted(known, reverse=True)
    hypervisor = next(one for one in api.get(
        '/os-hypervisors', nova_ext='1.2')['hypervisors']
        if one['hypervisor_hostname'] == HOST)
    listed = api.get(f'/os-hypervisors/{hypervisor["id"]}/diagnostics', nova_ext='1.2')
    assert {row['ID'] for row in rows} == {
        entry['server_id'] for entry in listed['diagnostics']}
