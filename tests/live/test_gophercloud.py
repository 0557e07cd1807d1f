# SPDX-License-Identifier: Apache-2.0
"""A client that knows the type of each field, and was written by others: gophercloud."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from sandbox import settings
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.clients.gophercloud import EXPORTER, Decoder
from tests.live import nova_api
from tests.live.conftest import PLUGIN_HOST

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Decoder:
    return Decoder(tmp_path_factory.mktemp('gophercloud'))


@pytest.fixture
def hypervisor_without_service() -> Iterator[str]:
    """The UUID of a hypervisor whose host has no service record."""
    node = str(uuid.uuid4())
    zeros = ('vcpus', 'memory_mb', 'local_gb', 'vcpus_used', 'memory_mb_used', 'local_gb_used',
             'free_disk_gb', 'free_ram_mb', 'current_workload', 'running_vms',
             'disk_available_least')
    nova_api.execute_sql(
        f'INSERT INTO nova_cell1.compute_nodes (created_at, deleted, uuid, host, '
        f'hypervisor_hostname, hypervisor_type, hypervisor_version, host_ip, cpu_info, '
        f"{', '.join(zeros)}) VALUES (NOW(), 0, '{node}', 'gone', 'gone', 'QEMU', 7002000, "
        f"'192.0.2.7', '{{}}', {', '.join('0' for _ in zeros)})")
    try:
        yield node
    finally:
        nova_api.execute_sql(f"DELETE FROM nova_cell1.compute_nodes WHERE uuid = '{node}'")


@pytest.mark.parametrize('nova_ext', ['1.0', '1.1'])
def test_responses_are_decoded(
        api: Api, boot: Callable[..., Guest], decoder: Decoder, hypervisor_without_service: str,
        nova_ext: str) -> None:
    guest = boot(host=PLUGIN_HOST)
    request = (settings.ENDPOINTS['nova'], api.token(), f'compute 2.53, nova-ext {nova_ext}')
    expected = api.get('/os-hypervisors', nova_ext=nova_ext, compute='2.53')['hypervisors']
    found = decoder.ask(*request, 'hypervisors')
    assert [one['id'] for one in found] == [one['id'] for one in expected]
    assert (hypervisor_without_service in [one['id'] for one in found]) is (nova_ext == '1.1')
    assert decoder.ask(*request, 'hypervisor-pages') == found
    for hypervisor in found:
        assert decoder.ask(*request, 'hypervisor', hypervisor['id']) == hypervisor
    assert guest.id in [server['id'] for server in decoder.ask(*request, 'servers')]
    assert decoder.ask(*request, 'server', guest.id)['id'] == guest.id
    assert decoder.ask(*request, 'diagnostics', guest.id)['state'] == 'running'


@pytest.mark.parametrize('added', ['', ', nova-ext 1.1'])
def test_requests_of_openstack_exporter_are_answered(
        api: Api, boot: Callable[..., Guest], decoder: Decoder, added: str) -> None:
    guest = boot(host=PLUGIN_HOST)
    request = (settings.ENDPOINTS['nova'], api.token(), f'compute 2.87{added}')
    answers = {query: decoder.ask(*request, query) for query in EXPORTER}
    assert guest.id in [server['id'] for server in answers['servers']]
    assert answers['hypervisors'] and answers['flavors']
    assert answers['limits']['absolute']['totalInstancesUsed'] >= 1
    [project] = {server['tenant_id'] for server in answers['servers']
                 if server['id'] == guest.id}
    assert decoder.ask(*request, 'quotas', project)['instances']['in_use'] >= 1
