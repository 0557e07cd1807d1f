# SPDX-License-Identifier: Apache-2.0
"""The domain's metadata when several things happen at a time, and when libvirt is gone."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import pytest

from sandbox import processes
from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import reconfigured
from tests.live import domain_metadata
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST

#: Seconds within which nova-compute has to write a change that no API request waits for.
SOON = 60

#: The namespace of Nova's block before Nova 24.
OLD_NOVA = 'http://openstack.org/xmlns/libvirt/nova/1.0'

EVERY_SECOND = '[nova_ext]\nmetadata_interval = 1'


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    """A server on a host with the plugin."""
    return boot(host=PLUGIN_HOST)


def rename(api: Api, guest: Guest, name: str) -> None:
    api.call('PUT', f'/servers/{guest.id}', {'server': {'name': name}})


def has_name(guest: Guest, name: str) -> bool:
    """Return whether the live XML has that name."""
    return bool(domain_metadata.read_metadata(guest)['name'] == name)


def has_older_block(guest: Guest, *option: str) -> bool:
    """Return whether an XML has the block, too."""
    return OLD_NOVA in guest.host.run('virsh', 'dumpxml', guest.id, *option)


@pytest.mark.essential
def test_block_of_older_nova_is_removed(api: Api, guest: Guest) -> None:
    for state in ('--live', '--config'):
        guest.host.run('virsh', 'metadata', guest.id, OLD_NOVA, state, '--key', 'old',
                       '--set', '<instance><name>old</name></instance>')
    rename(api, guest, 'in one block')
    domain_metadata.check(guest, within=SOON)
    wait_for('the older block is removed', lambda: not (
        has_older_block(guest) or has_older_block(guest, '--inactive')), timeout=5)


@pytest.mark.slow
def test_name_does_not_go_back_while_passes_are_made(api: Api, guest: Guest) -> None:
    with reconfigured({guest.host.number: EVERY_SECOND}):
        for number in range(20):
            name = f'name {number}'
            rename(api, guest, name)
            wait_for(f'{name!r} is written', functools.partial(has_name, guest, name), SOON)
            until = time.monotonic() + 1.5  # at least one pass
            while time.monotonic() < until:
                assert has_name(guest, name)


@pytest.mark.slow
def test_rename_during_live_migration_that_is_aborted(api: Api, guest: Guest) -> None:
    path = f'/servers/{guest.id}/migrations'
    host = guest.host
    with reconfigured({host.number: '[libvirt]\nlive_migration_bandwidth = 1'}):  # MiB/s
        guest.act('os-migrateLive', {
            'host': f'stack{OTHER_PLUGIN_HOST}', 'block_migration': 'auto'})
        [migration] = wait_for('the guest migrates', lambda: [
            found for found in api.get(path)['migrations'] if found['status'] == 'running'])
        time.sleep(2)  # libvirt has begun, too
        rename(api, guest, 'renamed while it migrates')
        time.sleep(2)
        api.call('DELETE', f'{path}/{migration["id"]}')
        # Nova 34 takes the abort for a failure of the driver, and the server for one in error.
        wait_for('the migration has ended', lambda: guest.show()['status'] in ('ACTIVE', 'ERROR'))
        guest.wait_settled()
        assert guest.host.number == host.number, 'the migration was too fast to be aborted'
        domain_metadata.check(guest, within=SOON)


@pytest.mark.slow
def test_passes_become_rare_while_libvirtd_is_down(api: Api, guest: Guest) -> None:
    host = guest.host
    libvirtd, compute = host.service('libvirtd'), host.service('nova-compute')
    with reconfigured({host.number: EVERY_SECOND}):
        began = len(compute.log.read_bytes())
        processes.kill(libvirtd)
        try:
            time.sleep(25)
        finally:
            processes.start(libvirtd)
            processes.wait_ready(libvirtd)
        text = compute.log.read_bytes()[began:].decode(errors='replace')
        # 1, 2, 4, 8 and 16 s after each other.
        assert 3 <= text.count('Periodic task metadata failed') <= 6
        assert f'{guest.id}] Domain metadata could not be refreshed' not in text
        rename(api, guest, 'renamed after libvirtd')
        domain_metadata.check(guest, within=SOON)
