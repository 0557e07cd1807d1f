# SPDX-License-Identifier: Apache-2.0
"""The domain's metadata says what the API says, whatever was done to the server."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import reconfigured
from sandbox.client.volume import Volume
from tests.live import domain_metadata
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.lines import migrate

#: Seconds in which a host that nobody waits for has to have written what has changed.
SOON = 60

#: Seconds in which nova-compute finds what Nova has recorded after a volume was swapped.
FOLLOWED = 120

ODD_NAME = 'a "b" \'c\' <d/> & ]]> <![CDATA[ \u00fc\u4e2d\u20ac &#0; -->'


@pytest.fixture(scope='module', params=['image', 'volume'])
def guest(request: pytest.FixtureRequest, boot: Callable[..., Guest],
          only_plugin_hosts: None) -> Guest:
    """A server that boots from either."""
    if request.param == 'image':
        return boot(host=PLUGIN_HOST)
    create_volume = request.getfixturevalue('create_volume')
    return boot(host=PLUGIN_HOST, **create_volume(image='guest').as_root())


def rename(api: Api, guest: Guest, name: str) -> None:
    api.call('PUT', f'/servers/{guest.id}', {'server': {'name': name}})


@pytest.mark.essential
def test_after_the_boot(guest: Guest) -> None:
    domain_metadata.check(guest)


@pytest.mark.essential
@pytest.mark.parametrize('name', ['another name', ODD_NAME])
def test_after_a_rename(name: str, api: Api, guest: Guest) -> None:
    rename(api, guest, name)
    domain_metadata.check(guest, within=SOON)
    assert domain_metadata.said(guest)['name'] == name


@pytest.mark.essential
def test_after_an_interface_is_attached_and_after_it_is_detached(guest: Guest) -> None:
    path = f'/servers/{guest.id}/os-interface'
    [first] = guest.api.get(path)['interfaceAttachments']
    added = guest.api.call('POST', path, {
        'interfaceAttachment': {'net_id': first['net_id']}})['interfaceAttachment']
    domain_metadata.check(guest)
    assert len(domain_metadata.said(guest)['ports']) == 2
    guest.wait_ready()  # it has to let go of the device
    guest.api.call('DELETE', f'{path}/{added["port_id"]}')
    wait_for('the interface is detached',
             lambda: len(guest.api.get(path)['interfaceAttachments']) == 1)
    guest.wait_settled()
    domain_metadata.check(guest)
    assert list(domain_metadata.said(guest)['ports']) == [first['port_id']]


def test_after_a_volume_is_attached_swapped_and_detached(
        guest: Guest, create_volume: Callable[..., Volume]) -> None:
    one, other = create_volume(), create_volume()
    guest.wait_ready()
    device = one.attach(guest)
    domain_metadata.check(guest, within=SOON)
    assert domain_metadata.said(guest)['volumes'][one.id] == device
    one.swap(guest, other)
    domain_metadata.check(guest, within=FOLLOWED)
    assert domain_metadata.said(guest)['volumes'][other.id] == device
    other.detach(guest)
    domain_metadata.check(guest, within=SOON)
    assert other.id not in domain_metadata.said(guest)['volumes']


@pytest.mark.parametrize(('action', 'status', 'back'), [
    ('os-stop', 'SHUTOFF', 'os-start'), ('suspend', 'SUSPENDED', 'resume'),
    ('pause', 'PAUSED', 'unpause')])
def test_after_it_was_put_aside_and_is_back(
        action: str, status: str, back: str, guest: Guest) -> None:
    guest.act(action, until=status)
    domain_metadata.check(guest)
    guest.act(back, until='ACTIVE')
    domain_metadata.check(guest)


def test_after_a_rescue(guest: Guest) -> None:
    if guest.show()['image']:
        guest.act('rescue', until='RESCUE')
        domain_metadata.check(guest)
        guest.act('unrescue', until='ACTIVE')
    else:  # Nova rescues a server on a volume only from an image made for that
        answer = guest.api.request(
            'POST', f'/servers/{guest.id}/action', body={'rescue': None})
        assert answer.status_code == 400
    domain_metadata.check(guest)


@pytest.mark.parametrize('kind', ['HARD', 'SOFT'])
def test_after_a_reboot(kind: str, guest: Guest) -> None:
    guest.wait_ready()
    guest.act('reboot', {'type': kind}, until='ACTIVE')
    domain_metadata.check(guest)


@pytest.mark.essential
def test_after_live_migration(guest: Guest) -> None:
    guest.wait_ready()
    migrate(guest, OTHER_PLUGIN_HOST)
    domain_metadata.check(guest)


def test_after_a_resize_and_after_its_revert(guest: Guest) -> None:
    guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
    domain_metadata.check(guest)
    guest.act('revertResize', until='ACTIVE')
    domain_metadata.check(guest)


def test_after_a_cold_migration(guest: Guest) -> None:
    guest.act('migrate', until='VERIFY_RESIZE')
    domain_metadata.check(guest)
    guest.act('confirmResize', until='ACTIVE')
    domain_metadata.check(guest)


def test_after_a_rebuild(api: Api, guest: Guest) -> None:
    [image] = api.get('/v2/images?name=guest', service='glance')['images']
    api.call('POST', f'/servers/{guest.id}/action', {'rebuild': {'imageRef': image['id']}},
             compute='2.93')
    guest.wait_status('ACTIVE')
    guest.wait_settled()
    domain_metadata.check(guest)


def test_after_it_was_shelved_and_unshelved(guest: Guest) -> None:
    guest.act('shelve', until='SHELVED_OFFLOADED')
    guest.act('unshelve', until='ACTIVE')
    domain_metadata.check(guest)


@pytest.mark.essential
def test_a_new_nova_compute_mends_what_an_older_one_and_others_left(
        api: Api, stock_api: Api, guest: Guest) -> None:
    """After that, nothing is written until something changes, whoever changes it."""
    host = guest.host
    xml = guest.xml()
    found = re.search(r'<nova:instance.*</nova:instance>', xml, re.DOTALL)
    assert found is not None
    older = re.sub(r'(package version=)"[^"]*"', r'\1"1.2.3"', found.group(0).replace("'", '"'))
    for state in ('--live', '--config'):
        host.run('virsh', 'metadata', guest.id, domain_metadata.NOVA, state,
                 '--key', 'older', '--set', older)
        host.run('virsh', 'metadata', guest.id, domain_metadata.OURS, state,
                 '--key', 'nova_ext', '--set', '<domain started="2001-01-01T00:00:00Z"/>')
        host.run('virsh', 'metadata', guest.id, 'urn:theirs', state,
                 '--key', 'theirs', '--set', '<thing kept="yes"/>')
    rename(stock_api, guest, 'renamed elsewhere')
    with reconfigured({host.number: '[nova_ext]\nmetadata_interval = 2'}):
        domain_metadata.check(guest, within=SOON)
        for option in ('', '--inactive'):
            assert 'kept="yes"' in host.run('virsh', 'dumpxml', guest.id, *option.split())
        before = domain_metadata.refreshed(guest)
        rename(api, guest, 'renamed elsewhere')
        time.sleep(5)  # some passes
        assert domain_metadata.refreshed(guest) == before
        rename(stock_api, guest, 'renamed once more')
        domain_metadata.check(guest, within=SOON)


def test_nothing_was_wrong_along_the_way(guest: Guest) -> None:
    for number in (PLUGIN_HOST, OTHER_PLUGIN_HOST):
        log = guest.host.service('nova-compute').log.read_text(errors='replace')
        for complaint in ('is not refreshed before the next pass', 'could not be refreshed',
                          'is what Nova makes of it for now'):
            assert not re.search(rf'{complaint}.*{guest.id}|{guest.id}.*{complaint}', log), number
