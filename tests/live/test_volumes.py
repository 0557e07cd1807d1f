# SPDX-License-Identifier: Apache-2.0
"""A server whose disks are volumes in Ceph, on the hosts with the plugin."""

from __future__ import annotations

import xml.etree.ElementTree
from collections.abc import Callable

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.volume import Volume
from tests.live import domain_metadata
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import NumberedLines

#: Whether the volume has the mark that the guest has written to it; the guest answers 0 or 1.
FIND_MARK = 'sh dd if=/dev/vdb bs=512 count=1 iflag=direct 2>/dev/null | grep -q the-mark'


@pytest.fixture(scope='module')
def root(create_volume: Callable[..., Volume]) -> Volume:
    return create_volume(image='guest')


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest], root: Volume) -> Guest:
    return boot(host=PLUGIN_HOST, **root.as_root())


@pytest.fixture(scope='module')
def second(create_volume: Callable[..., Volume]) -> Volume:
    return create_volume()


def disks(guest: Guest) -> dict[str, tuple[str, str]]:
    """Return the RBD image and the serial number of each network disk, by device."""
    domain = xml.etree.ElementTree.fromstring(guest.xml())
    return {
        disk.findall('target')[0].get('dev', ''): (
            disk.findall('source')[0].get('name', ''), disk.findtext('serial', ''))
        for disk in domain.iter('disk') if disk.get('type') == 'network'}


def rbd_image(volume: Volume) -> str:
    """Return the pool and the name of a volume's RBD image."""
    return f'volumes/volume-{volume.id}'


def test_root_disk_is_an_rbd_image(guest: Guest, root: Volume) -> None:
    assert disks(guest) == {'vda': (rbd_image(root), root.id)}
    assert not guest.console_log().with_name('disk').exists()


def test_volume_is_attached_to_a_running_guest(guest: Guest, second: Volume) -> None:
    assert second.attach(guest) == '/dev/vdb'
    assert disks(guest)['vdb'] == (rbd_image(second), second.id)
    wait_for('the guest sees the volume', lambda: guest.ask('sh test -b /dev/vdb') == '0')
    assert guest.ask('sh echo the-mark >/dev/vdb; sync') == '0'
    assert guest.ask(FIND_MARK) == '0'


def test_domain_metadata_names_root_and_attached_volume(
        guest: Guest, root: Volume, second: Volume) -> None:
    domain_metadata.check(guest, within=60)
    found = domain_metadata.read_metadata(guest)
    assert (found['root'], found['volumes'][second.id]) == (('volume', root.id), '/dev/vdb')


def test_diagnostics_have_the_figures_of_volumes(api: Api, guest: Guest) -> None:
    before = api.diagnostics(guest.id)
    assert guest.ask('write 1024') == f'{1024 * 1024} bytes'
    found = api.diagnostics(guest.id)
    assert found['num_disks'] == 2
    written = [disk['write_bytes'] for disk in found['disk_details']]
    assert written[0] == before['disk_details'][0]['write_bytes'] + 1024 * 1024
    assert written[1] > 0


@pytest.mark.slow
def test_live_migration_without_block_migration_keeps_the_console_log(
        guest: Guest, root: Volume, second: Volume) -> None:
    lines = NumberedLines(guest)
    lines.print(500)
    guest.act('os-migrateLive', {'host': f'stack{OTHER_PLUGIN_HOST}', 'block_migration': False},
              until='ACTIVE')
    assert guest.host.number == OTHER_PLUGIN_HOST
    assert disks(guest) == {
        'vda': (rbd_image(root), root.id), 'vdb': (rbd_image(second), second.id)}
    assert guest.ask(FIND_MARK) == '0'
    lines.print(200)
    lines.check_output()


@pytest.mark.slow
def test_volume_of_a_running_guest_is_swapped(
        guest: Guest, second: Volume, create_volume: Callable[..., Volume]) -> None:
    """Nova copies the data, and the domain keeps the serial number of the old volume."""
    new = create_volume()
    second.swap(guest, new)
    assert disks(guest)['vdb'] == (rbd_image(new), second.id)
    assert guest.ask(FIND_MARK) == '0'
    new.detach(guest)
    assert list(disks(guest)) == ['vda']
    wait_for('the guest sees no volume', lambda: guest.ask('sh test -b /dev/vdb') == '1')


@pytest.mark.slow
def test_rebuild_keeps_the_root_volume(
        api: Api, guest: Guest, root: Volume) -> None:
    image = root.show()['volume_image_metadata']['image_id']
    api.call('POST', f'/servers/{guest.id}/action', {'rebuild': {'imageRef': image}},
             compute='2.93')
    guest.wait_booted()
    assert guest.host.number == OTHER_PLUGIN_HOST
    assert disks(guest) == {'vda': (rbd_image(root), root.id)}
