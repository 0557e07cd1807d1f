# SPDX-License-Identifier: Apache-2.0
"""The domain's metadata agrees with the API after every operation on the server."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import reconfigured
from sandbox.client.volume import Volume
from tests.live import domain_metadata
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import live_migrate

#: Seconds within which nova-compute has to write a change that no API request waits for.
SOON = 60

#: Seconds within which nova-compute has to find the block device mapping of a swapped volume.
AFTER_SWAP = 120

ODD_NAME = 'a "b" \'c\' <d/> & ]]> <![CDATA[ \u00fc\u4e2d\u20ac &#0; -->'


@pytest.fixture(
    scope='module', params=['image', pytest.param('volume', marks=pytest.mark.slow)])
def guest(request: pytest.FixtureRequest, boot: Callable[..., Guest],
          stock_host_disabled: None) -> Guest:
    """A server that boots from an image, then one that boots from a volume."""
    if request.param == 'image':
        return boot(host=PLUGIN_HOST)
    create_volume = request.getfixturevalue('create_volume')
    return boot(host=PLUGIN_HOST, **create_volume(image='guest').as_root())


def rename(api: Api, guest: Guest, name: str) -> None:
    api.call('PUT', f'/servers/{guest.id}', {'server': {'name': name}})


@pytest.mark.smoke
@pytest.mark.essential
def test_metadata_after_boot(guest: Guest) -> None:
    domain_metadata.check(guest)


@pytest.mark.smoke
@pytest.mark.essential
@pytest.mark.parametrize('name', ['another name', ODD_NAME])
def test_metadata_after_rename(name: str, api: Api, guest: Guest) -> None:
    rename(api, guest, name)
    domain_metadata.check(guest, within=SOON)
    assert domain_metadata.read_metadata(guest)['name'] == name


@pytest.mark.essential
def test_metadata_after_interface_attach_and_detach(guest: Guest) -> None:
    path = f'/servers/{guest.id}/os-interface'
    [first] = guest.api.get(path)['interfaceAttachments']
    added = guest.api.call('POST', path, {
        'interfaceAttachment': {'net_id': first['net_id']}})['interfaceAttachment']
    domain_metadata.check(guest)
    assert len(domain_metadata.read_metadata(guest)['ports']) == 2
    guest.wait_ready()  # only a running guest releases the device
    guest.api.call('DELETE', f'{path}/{added["port_id"]}')
    wait_for('the interface is detached',
             lambda: len(guest.api.get(path)['interfaceAttachments']) == 1)
    guest.wait_settled()
    domain_metadata.check(guest)
    assert list(domain_metadata.read_metadata(guest)['ports']) == [first['port_id']]


def test_metadata_after_volume_attach_swap_and_detach(
        guest: Guest, create_volume: Callable[..., Volume]) -> None:
    first, second = create_volume(), create_volume()
    guest.wait_ready()
    device = first.attach(guest)
    domain_metadata.check(guest, within=SOON)
    assert domain_metadata.read_metadata(guest)['volumes'][first.id] == device
    first.swap(guest, second)
    domain_metadata.check(guest, within=AFTER_SWAP)
    assert domain_metadata.read_metadata(guest)['volumes'][second.id] == device
    second.detach(guest)
    domain_metadata.check(guest, within=SOON)
    assert second.id not in domain_metadata.read_metadata(guest)['volumes']


@pytest.mark.slow
@pytest.mark.parametrize(('action', 'status', 'undo'), [
    ('os-stop', 'SHUTOFF', 'os-start'), ('suspend', 'SUSPENDED', 'resume'),
    ('pause', 'PAUSED', 'unpause')])
def test_metadata_while_stopped_suspended_or_paused_and_afterwards(
        action: str, status: str, undo: str, guest: Guest) -> None:
    guest.act(action, until=status)
    domain_metadata.check(guest)
    guest.act(undo, until='ACTIVE')
    domain_metadata.check(guest)


def test_metadata_after_rescue_and_unrescue(guest: Guest) -> None:
    if guest.show()['image']:
        guest.act('rescue', until='RESCUE')
        domain_metadata.check(guest)
        guest.act('unrescue', until='ACTIVE')
    else:  # for a server on a volume Nova needs an image with rescue properties
        refused = guest.api.request(
            'POST', f'/servers/{guest.id}/action', body={'rescue': None})
        assert refused.status_code == 400
    domain_metadata.check(guest)


@pytest.mark.parametrize('kind', ['HARD', pytest.param('SOFT', marks=pytest.mark.slow)])
def test_metadata_after_reboot(kind: str, guest: Guest) -> None:
    guest.wait_ready()
    guest.act('reboot', {'type': kind}, until='ACTIVE')
    domain_metadata.check(guest)


@pytest.mark.essential
def test_metadata_after_live_migration(guest: Guest) -> None:
    guest.wait_ready()
    live_migrate(guest, OTHER_PLUGIN_HOST)
    domain_metadata.check(guest)


@pytest.mark.slow
def test_metadata_after_resize_and_revert(guest: Guest) -> None:
    guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
    domain_metadata.check(guest)
    guest.act('revertResize', until='ACTIVE')
    domain_metadata.check(guest)


@pytest.mark.slow
def test_metadata_after_cold_migration_and_confirmation(guest: Guest) -> None:
    guest.act('migrate', until='VERIFY_RESIZE')
    domain_metadata.check(guest)
    guest.act('confirmResize', until='ACTIVE')
    domain_metadata.check(guest)


@pytest.mark.slow
def test_metadata_after_rebuild(api: Api, guest: Guest) -> None:
    [image] = api.get('/v2/images?name=guest', service='glance')['images']
    api.call('POST', f'/servers/{guest.id}/action', {'rebuild': {'imageRef': image['id']}},
             compute='2.93')
    guest.wait_status('ACTIVE')
    guest.wait_settled()
    domain_metadata.check(guest)


@pytest.mark.slow
def test_metadata_after_shelve_and_unshelve(guest: Guest) -> None:
    guest.act('shelve', until='SHELVED_OFFLOADED')
    guest.act('unshelve', until='ACTIVE')
    domain_metadata.check(guest)


@pytest.mark.slow
@pytest.mark.essential
def test_nova_compute_corrects_outdated_metadata_and_keeps_foreign_elements(
        api: Api, stock_api: Api, guest: Guest) -> None:
    """After the correction nothing is written until something changes, through any API."""
    host = guest.host
    xml = guest.xml()
    found = re.search(r'<nova:instance.*</nova:instance>', xml, re.DOTALL)
    assert found is not None
    outdated = re.sub(r'(package version=)"[^"]*"', r'\1"1.2.3"', found.group(0).replace("'", '"'))
    for state in ('--live', '--config'):
        host.run('virsh', 'metadata', guest.id, domain_metadata.NOVA, state,
                 '--key', 'older', '--set', outdated)
        host.run('virsh', 'metadata', guest.id, domain_metadata.NOVA_EXT, state,
                 '--key', 'nova_ext', '--set', '<domain started="2001-01-01T00:00:00Z"/>')
        host.run('virsh', 'metadata', guest.id, 'urn:foreign', state,
                 '--key', 'foreign', '--set', '<thing kept="yes"/>')
    rename(stock_api, guest, 'renamed elsewhere')
    with reconfigured({host.number: '[nova_ext]\nmetadata_interval = 2'}):
        domain_metadata.check(guest, within=SOON)
        for option in ('', '--inactive'):
            assert 'kept="yes"' in host.run('virsh', 'dumpxml', guest.id, *option.split())
        before = domain_metadata.refresh_time(guest)
        rename(api, guest, 'renamed elsewhere')
        time.sleep(5)  # two intervals or more
        assert domain_metadata.refresh_time(guest) == before
        rename(stock_api, guest, 'renamed again')
        domain_metadata.check(guest, within=SOON)


def test_no_failed_refresh_was_logged(guest: Guest) -> None:
    """Read the logs of all operations on the guest, in the tests before this one."""
    failed = re.compile('Failed to refresh domain metadata|could not be refreshed|'
                        'Failed to complete domain metadata')
    for number in (PLUGIN_HOST, OTHER_PLUGIN_HOST):
        log = ComputeHost(number).service('nova-compute').log.read_text(errors='replace')
        assert [line for line in log.splitlines()
                if guest.id in line and failed.search(line)] == []
