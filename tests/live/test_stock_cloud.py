# SPDX-License-Identifier: Apache-2.0
"""A cloud without the plugin and with a shared instances directory, as a basis of comparison."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest

pytestmark = pytest.mark.stock_cloud


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    return boot(host=1)


def test_stock_cloud_has_no_trace_of_the_plugin(api: Api, guest: Guest) -> None:
    response = api.request(
        'GET', f'/servers/{guest.id}/diagnostics', compute='2.48', nova_ext='1.0')
    assert response.headers['OpenStack-API-Version'] == 'compute 2.48'
    assert response.json()['memory_details'] == {'maximum': 0, 'used': 0}
    assert 'nova_ext' not in guest.host.service('nova-compute').log.read_text()


def test_live_migration_copies_no_files_on_shared_storage(api: Api, guest: Guest) -> None:
    disk = guest.console_log().with_name('disk')
    before = disk.stat().st_ino
    guest.act('os-migrateLive', {'host': 'stack2', 'block_migration': False}, until='ACTIVE')
    assert guest.host.number == 2
    assert disk.stat().st_ino == before
    mounts = guest.host.run('cat', '/proc/self/mounts')
    assert 'fuse.glusterfs' in mounts
    guest.ask('proc-uptime')
