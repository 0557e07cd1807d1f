# SPDX-License-Identifier: Apache-2.0
"""A server whose disks are volumes in Ceph, on the hosts with the plugin."""

from __future__ import annotations

import xml.etree.ElementTree
from collections.abc import Callable

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.volume import Volume
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.lines import NumberedLines

#: Of a volume that the guest has written its mark on, tells the guest; 0 is yes.
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
    """Of each disk of a running domain, by device, where it is and its serial number."""
    domain = xml.etree.ElementTree.fromstring(guest.xml())
    return {
        disk.findall('target')[0].get('dev', ''): (
            disk.findall('source')[0].get('name', ''), disk.findtext('serial', ''))
        for disk in domain.iter('disk') if disk.get('type') == 'network'}


def place(volume: Volume) -> str:
    """Where Ceph has a volume."""
    return f'volumes/volume-{volume.id}'


def test_the_root_disk_is_in_ceph(guest: Guest, root: Volume) -> None:
    assert disks(guest) == {'vda': (place(root), root.id)}
    assert not guest.console_log().with_name('disk').exists()


def test_a_volume_is_attached_while_the_guest_runs(guest: Guest, second: Volume) -> None:
    assert second.attach(guest) == '/dev/vdb'
    assert disks(guest)['vdb'] == (place(second), second.id)
    wait_for('the guest sees it', lambda: guest.ask('sh test -b /dev/vdb') == '0')
    assert guest.ask('sh echo the-mark >/dev/vdb; sync') == '0'
    assert guest.ask(FIND_MARK) == '0'


def test_their_figures_are_told(api: Api, guest: Guest) -> None:
    before = api.diagnostics(guest.id)
    assert guest.ask('write 1024') == f'{1024 * 1024} bytes'
    found = api.diagnostics(guest.id)
    assert found['num_disks'] == 2
    written = [disk['write_bytes'] for disk in found['disk_details']]
    assert written[0] == before['disk_details'][0]['write_bytes'] + 1024 * 1024
    assert written[1] > 0


def test_it_migrates_without_a_copy_of_its_disks_and_keeps_its_log(
        guest: Guest, root: Volume, second: Volume) -> None:
    lines = NumberedLines(guest)
    lines.print(500)
    guest.act('os-migrateLive', {'host': f'stack{OTHER_PLUGIN_HOST}', 'block_migration': False},
              until='ACTIVE')
    assert guest.host.number == OTHER_PLUGIN_HOST
    assert disks(guest) == {'vda': (place(root), root.id), 'vdb': (place(second), second.id)}
    assert guest.ask(FIND_MARK) == '0'
    lines.print(200)
    lines.check()


def test_a_volume_is_swapped_while_the_guest_runs(
        guest: Guest, second: Volume, create_volume: Callable[..., Volume]) -> None:
    """What is on it is copied; the guest goes on to see the serial number of the old one."""
    other = create_volume()
    second.swap(guest, other)
    assert disks(guest)['vdb'] == (place(other), second.id)
    assert guest.ask(FIND_MARK) == '0'
    other.detach(guest)
    assert list(disks(guest)) == ['vda']
    wait_for('the guest sees it go', lambda: guest.ask('sh test -b /dev/vdb') == '1')


def test_a_rebuild_writes_the_image_on_the_same_volume(
        api: Api, guest: Guest, root: Volume) -> None:
    image = root.show()['volume_image_metadata']['image_id']
    api.call('POST', f'/servers/{guest.id}/action', {'rebuild': {'imageRef': image}},
             compute='2.93')
    guest.wait_booted()
    assert guest.host.number == OTHER_PLUGIN_HOST
    assert disks(guest) == {'vda': (place(root), root.id)}
