# SPDX-License-Identifier: Apache-2.0
"""What the figures of diagnostics are about, from 1.2 on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.volume import Volume
from tests.live.conftest import PLUGIN_HOST, STOCK_HOST

#: Milliseconds that rounding may add to each time of /proc/diskstats.
ROUNDING = 2

def read(api: Api, guest: Guest) -> Any:
    """Return a server's diagnostics in version 1.2."""
    return api.diagnostics(guest.id, '1.2')


def test_nics_are_the_ports_of_neutron(api: Api, guest: Guest) -> None:
    ports = api.get(f'/v2.0/ports?device_id={guest.id}', service='neutron')['ports']
    assert [(port['mac_address'], port['id'], port['network_id']) for port in ports] == [
        (nic['mac_address'], nic['port_id'], nic['network_id'])
        for nic in read(api, guest)['nic_details']]
    assert read(api, guest)['nic_details'][0]['device'] == guest.device()


def test_disks_have_the_devices_that_virsh_lists(api: Api, guest: Guest) -> None:
    listed = guest.host.run('virsh', 'domblklist', guest.id).splitlines()[2:]
    found = read(api, guest)['disk_details']
    assert [line.split()[0] for line in listed if line.strip()] == [
        disk['device'] for disk in found]
    assert (found[0]['bus'], found[0]['boot_index'], found[0]['volume_id']) == ('virtio', 0, None)
    assert found[1]['boot_index'] is None  # the configuration drive


def test_nics_of_a_guest_that_is_off_are_known_too(api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=PLUGIN_HOST)
    before = read(api, guest)
    guest.act('os-stop', until='SHUTOFF')
    after = read(api, guest)
    for kind, names in (('nic_details', ('port_id', 'network_id')),
                        ('disk_details', ('device', 'bus', 'volume_id', 'boot_index'))):
        assert [[device[name] for name in names] for device in before[kind]] == [
            [device[name] for name in names] for device in after[kind]]
    assert after['guest_agent'] is None


def _guest_times(guest: Guest) -> dict[str, int]:
    """What the guest's kernel says about its first disk: milliseconds, and flush requests."""
    fields = [int(field) for field in guest.ask('diskstat').split()[3:]]
    return {'read': fields[3], 'write': fields[7], 'flushes': fields[15], 'flush': fields[16]}


@pytest.mark.parametrize('way', ['read', 'write'])
def test_times_of_requests_are_within_those_that_the_guest_counts(
        api: Api, guest: Guest, way: str) -> None:
    disk, kernel = read(api, guest)['disk_details'][0], _guest_times(guest)
    guest.ask(f'{way} 8192')
    later, kernel_later = read(api, guest)['disk_details'][0], _guest_times(guest)
    took = (later[f'{way}_time'] - disk[f'{way}_time']) / 1e6
    # The guest counts from before QEMU gets a request until after it has answered.
    assert 0 < took <= kernel_later[way] - kernel[way] + ROUNDING


def test_flush_requests_are_those_that_the_guest_counts(api: Api, guest: Guest) -> None:
    disk, kernel = read(api, guest)['disk_details'][0], _guest_times(guest)
    assert guest.ask('sh dd if=/dev/zero of=/dev/vda bs=64k count=1 seek=64 '
                     'conv=notrunc,fsync 2>/dev/null') == '0'
    later, kernel_later = read(api, guest)['disk_details'][0], _guest_times(guest)
    requests = later['flush_requests'] - disk['flush_requests']
    assert requests == kernel_later['flushes'] - kernel['flushes'] > 0
    took = (later['flush_time'] - disk['flush_time']) / 1e6
    assert 0 < took <= kernel_later['flush'] - kernel['flush'] + ROUNDING


def _domstats(guest: Guest) -> dict[str, int]:
    printed = guest.host.run('virsh', 'domstats', '--vcpu', guest.id)
    return {name: int(value) for name, value in re.findall(r'vcpu\.(\S+)=(\d+)', printed)}


def test_delay_of_vcpus_is_what_libvirt_says(api: Api, guest: Guest) -> None:
    before = _domstats(guest)
    cpus = read(api, guest)['cpu_details']
    after = _domstats(guest)
    assert len(cpus) == 2
    for cpu in cpus:
        assert before[f'{cpu["id"]}.delay'] <= cpu['delay'] <= after[f'{cpu["id"]}.delay']
        if cpu['wait'] is None:  # libvirt says 0 for what the kernel does not count
            assert after[f'{cpu["id"]}.wait'] == 0
        else:
            assert before[f'{cpu["id"]}.wait'] <= cpu['wait'] <= after[f'{cpu["id"]}.wait']


def test_host_without_the_plugin_has_null_for_all_of_it(
        api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=STOCK_HOST)
    older, found = api.diagnostics(guest.id), read(api, guest)
    for old, new in ((older, found), (older['cpu_details'][0], found['cpu_details'][0]),
                     (older['nic_details'][0], found['nic_details'][0]),
                     (older['disk_details'][0], found['disk_details'][0])):
        added = {name: value for name, value in new.items() if name not in old}
        assert added
        assert set(added.values()) == {None}


@pytest.fixture(scope='module')
def root(create_volume: Callable[..., Volume]) -> Volume:
    return create_volume(image='guest')


@pytest.fixture(scope='module')
def volume_guest(boot: Callable[..., Guest], root: Volume) -> Guest:
    """A guest that boots from a volume."""
    return boot(host=PLUGIN_HOST, **root.as_root())


def test_volumes_are_those_of_cinder(
        api: Api, volume_guest: Guest, root: Volume, create_volume: Callable[..., Volume],
) -> None:
    second = create_volume()
    second.attach(volume_guest)
    found = {f'/dev/{disk["device"]}': disk
             for disk in read(api, volume_guest)['disk_details']}
    for volume, boot_index in ((root, 0), (second, None)):
        [attachment] = volume.show()['attachments']
        assert attachment['server_id'] == volume_guest.id
        disk = found[attachment['device']]
        assert (disk['volume_id'], disk['boot_index']) == (volume.id, boot_index)
    second.detach(volume_guest)
    assert [disk['volume_id'] for disk in read(api, volume_guest)['disk_details']] == [root.id]


@pytest.mark.slow
def test_volume_that_was_swapped_in_is_named(
        api: Api, volume_guest: Guest, root: Volume, create_volume: Callable[..., Volume],
) -> None:
    """The domain keeps the serial number of the volume before."""
    old, new = create_volume(), create_volume()
    old.attach(volume_guest)
    old.swap(volume_guest, new)
    assert old.id in volume_guest.xml()
    # nova-ext asks Nova which of the two it is, behind the operation.
    wait_for('the volume is named', lambda: [
        disk['volume_id'] for disk in read(api, volume_guest)['disk_details']
    ] == [root.id, new.id])
