# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import types
import uuid
from typing import Any, Optional

import pytest

from nova_ext.virt.libvirt.metadata import element
from nova_ext.virt.libvirt.metadata import records as under_test
from tests.unit.virt.libvirt.metadata import records as kept

VOLUME, OTHER = (str(uuid.UUID(int=number)) for number in (50, 51))
SHELVED = str(uuid.UUID(int=60))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    clock = types.SimpleNamespace(now=1000.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(under_test, 'time', clock)
    return clock


@pytest.fixture
def ahead(clock: Any) -> under_test.Ahead:
    return under_test.Ahead()


@pytest.fixture
def made(ahead: under_test.Ahead, records: kept.Kept) -> under_test.Records:
    return under_test.Records(ahead)


@pytest.fixture
def server(records: kept.Kept) -> Any:
    return records.add()


class TestRoot:
    def test_an_image(self, made: under_test.Records, server: Any) -> None:
        assert made.read(server.uuid).root == ('image', kept.IMAGE)

    @pytest.mark.parametrize('reference', ['', None])
    @pytest.mark.parametrize('base', ['', kept.IMAGE])
    def test_a_volume_whatever_image_it_was_made_from(
            self, base: str, reference: Optional[str], made: under_test.Records, server: Any,
            records: kept.Kept) -> None:
        records.boots_from(server, VOLUME)
        server.image_ref = reference
        server.system_metadata['image_base_image_ref'] = base
        assert made.read(server.uuid).root == ('volume', VOLUME)

    def test_a_volume_that_is_not_made_yet(
            self, made: under_test.Records, server: Any, records: kept.Kept) -> None:
        records.boots_from(server, None)
        record = made.read(server.uuid)
        assert (record.root, record.volumes) == (('volume', ''), ())

    def test_a_snapshot_is_what_the_api_says_and_not_what_it_was_made_from(
            self, made: under_test.Records, server: Any) -> None:
        server.system_metadata['image_base_image_ref'] = OTHER
        assert made.read(server.uuid).root == ('image', kept.IMAGE)

    def test_a_server_that_is_unshelved_has_the_image_that_it_will_have(
            self, made: under_test.Records, server: Any) -> None:
        server.image_ref = server.system_metadata['shelved_image_id'] = SHELVED
        assert made.read(server.uuid).root == ('image', kept.IMAGE)

    def test_records_without_a_root_device(
            self, made: under_test.Records, server: Any, records: kept.Kept) -> None:
        records.devices.clear()
        assert made.read(server.uuid).root == ('image', kept.IMAGE)


class TestDevices:
    def test_volumes_come_in_the_order_of_their_devices(
            self, made: under_test.Records, server: Any, records: kept.Kept) -> None:
        for number, name in ((3, '/dev/vdaa'), (2, '/dev/vdz'), (1, '/dev/vdb')):
            records.devices.append(kept.device(server.uuid, str(uuid.UUID(int=number)), name))
        assert [volume.device for volume in made.read(server.uuid).volumes] == [
            '/dev/vdb', '/dev/vdz', '/dev/vdaa']

    def test_a_volume_may_have_no_device_yet(
            self, made: under_test.Records, server: Any, records: kept.Kept) -> None:
        records.devices.append(kept.device(server.uuid, VOLUME))
        records.devices[-1].device_name = None
        assert made.read(server.uuid).volumes == (element.Volume(VOLUME, None),)

    def test_ports_come_with_mac_and_network(
            self, made: under_test.Records, server: Any) -> None:
        assert made.read(server.uuid).ports == (
            element.Port(kept.vif(1)['id'], 'fa:16:3e:00:00:01', kept.NETWORK),)

    def test_a_port_may_have_neither(self, made: under_test.Records, server: Any) -> None:
        server.info_cache.network_info[:] = [kept.vif(1, address=None, network=None)]
        assert made.read(server.uuid).ports == (element.Port(kept.vif(1)['id'], None, None),)


class TestAhead:
    @pytest.fixture
    def with_volume(self, server: Any, records: kept.Kept) -> Any:
        records.devices.append(kept.device(server.uuid, VOLUME))
        return server

    def test_what_is_detached_is_gone_before_it_is_recorded(
            self, made: under_test.Records, ahead: under_test.Ahead, with_volume: Any) -> None:
        ahead.gone(with_volume.uuid, VOLUME)
        ahead.gone(with_volume.uuid, kept.vif(1)['id'])
        record = made.read(with_volume.uuid)
        assert (record.volumes, record.ports) == ((), ())

    def test_it_is_another_servers_still(
            self, made: under_test.Records, ahead: under_test.Ahead, with_volume: Any) -> None:
        ahead.gone(str(uuid.uuid4()), VOLUME)
        assert len(made.read(with_volume.uuid).volumes) == 1

    def test_the_record_has_the_last_word(
            self, made: under_test.Records, ahead: under_test.Ahead, with_volume: Any,
            clock: Any) -> None:
        ahead.gone(with_volume.uuid, VOLUME)
        clock.now += 61
        assert len(made.read(with_volume.uuid).volumes) == 1

    @pytest.mark.parametrize('again', ['there', 'forget'])
    def test_it_is_back_when_it_is_attached_again_or_the_guest_made_anew(
            self, again: str, made: under_test.Records, ahead: under_test.Ahead,
            with_volume: Any) -> None:
        ahead.gone(with_volume.uuid, VOLUME)
        if again == 'there':
            ahead.there(with_volume.uuid, VOLUME)
        else:
            ahead.forget(with_volume.uuid)
        assert len(made.read(with_volume.uuid).volumes) == 1

    def test_it_is_not_remembered_for_ever(
            self, ahead: under_test.Ahead, clock: Any) -> None:
        for _ in range(5):
            ahead.gone('server', str(uuid.uuid4()))
            clock.now += 61
        assert len(ahead._gone) == 1


@pytest.mark.parametrize(('info', 'found'), [
    ({'data': {'volume_id': VOLUME}, 'serial': OTHER}, VOLUME), ({'serial': OTHER}, OTHER),
    ({'data': None}, ''), ({}, '')])
def test_the_volume_of_a_connection(info: dict[str, Any], found: str) -> None:
    assert under_test.volume_id(info) == found


@pytest.mark.parametrize('count', [0, 1, 30])
def test_all_servers_of_a_host_take_two_messages(
        count: int, made: under_test.Records, records: kept.Kept) -> None:
    for _ in range(count):
        records.add()
    records.add(host='elsewhere')
    assert len(made.read_all('host1')) == count
    assert records.reads == ({'instances': 1, 'all devices': 1} if count else {'instances': 1})
