# SPDX-License-Identifier: Apache-2.0
"""Nova's records of a server, as metadata needs them."""

from __future__ import annotations

import itertools
import uuid
from typing import Any, Optional

import ddt

from nova_ext.virt.libvirt.metadata import element, records
from tests.fixtures import clock
from tests.unit import base as unit_base
from tests.unit.virt.libvirt.metadata import base, fakes

VOLUME, OTHER = (str(uuid.UUID(int=number)) for number in (50, 51))
SHELVED = str(uuid.UUID(int=60))


class ServerTestCase(base.RecordsTestCase):
    """One server in Nova's records, and a clock."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(clock.Clock(records))
        self.pending = records.PendingChanges()
        self.reader = records.Records(self.pending)
        self.server = self.records.add()

    def read(self) -> records.Record:
        return self.reader.read(self.server.uuid)


@ddt.ddt
class TestRoot(ServerTestCase):
    def test_root_of_server_booted_from_image_is_image(self) -> None:
        self.assertEqual(('image', fakes.IMAGE), self.read().root)

    @ddt.data(*itertools.product(['', None], ['', fakes.IMAGE]))
    @ddt.unpack
    def test_root_of_server_booted_from_volume_is_volume_whatever_its_image(
            self, reference: Optional[str], base_image: str) -> None:
        self.records.boot_from_volume(self.server, VOLUME)
        self.server.image_ref = reference
        self.server.system_metadata['image_base_image_ref'] = base_image
        self.assertEqual(('volume', VOLUME), self.read().root)

    def test_volume_that_is_not_created_yet_has_no_uuid(self) -> None:
        self.records.boot_from_volume(self.server, None)
        record = self.read()
        self.assertEqual((('volume', ''), ()), (record.root, record.volumes))

    def test_snapshot_is_root_and_not_the_image_it_was_made_from(self) -> None:
        self.server.system_metadata['image_base_image_ref'] = OTHER
        self.assertEqual(('image', fakes.IMAGE), self.read().root)

    def test_root_of_server_being_unshelved_is_its_original_image(self) -> None:
        self.server.image_ref = self.server.system_metadata['shelved_image_id'] = SHELVED
        self.assertEqual(('image', fakes.IMAGE), self.read().root)

    def test_root_is_image_when_root_device_is_not_recorded(self) -> None:
        self.records.devices.clear()
        self.assertEqual(('image', fakes.IMAGE), self.read().root)


class TestDevices(ServerTestCase):
    def test_volumes_are_sorted_by_device(self) -> None:
        for number, name in ((3, '/dev/vdaa'), (2, '/dev/vdz'), (1, '/dev/vdb')):
            self.records.devices.append(
                fakes.make_device(self.server.uuid, str(uuid.UUID(int=number)), name))
        self.assertEqual(['/dev/vdb', '/dev/vdz', '/dev/vdaa'],
                         [volume.device for volume in self.read().volumes])

    def test_volume_may_have_no_device_yet(self) -> None:
        self.records.devices.append(fakes.make_device(self.server.uuid, VOLUME))
        self.records.devices[-1].device_name = None
        self.assertEqual((element.Volume(VOLUME, None),), self.read().volumes)

    def test_port_has_mac_and_network(self) -> None:
        self.assertEqual(
            (element.Port(fakes.make_vif(1)['id'], 'fa:16:3e:00:00:01', fakes.NETWORK),),
            self.read().ports)

    def test_port_may_have_no_mac_and_no_network(self) -> None:
        self.server.info_cache.network_info[:] = [
            fakes.make_vif(1, address=None, network=None)]
        self.assertEqual(
            (element.Port(fakes.make_vif(1)['id'], None, None),), self.read().ports)


class TestPending(ServerTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.records.devices.append(fakes.make_device(self.server.uuid, VOLUME))

    def test_detached_devices_are_gone_before_that_is_recorded(self) -> None:
        self.pending.detached(self.server.uuid, VOLUME)
        self.pending.detached(self.server.uuid, fakes.make_vif(1)['id'])
        record = self.read()
        self.assertEqual(((), ()), (record.volumes, record.ports))

    def test_volume_detached_from_another_server_is_not_gone(self) -> None:
        self.pending.detached(str(uuid.uuid4()), VOLUME)
        self.assertEqual(1, len(self.read().volumes))

    def test_record_prevails_after_a_minute(self) -> None:
        self.pending.detached(self.server.uuid, VOLUME)
        self.clock.now += 61
        self.assertEqual(1, len(self.read().volumes))

    def test_volume_is_back_when_it_is_attached_again(self) -> None:
        self.pending.detached(self.server.uuid, VOLUME)
        self.pending.attached(self.server.uuid, VOLUME)
        self.assertEqual(1, len(self.read().volumes))

    def test_volume_is_back_when_guest_is_created_again(self) -> None:
        self.pending.detached(self.server.uuid, VOLUME)
        self.pending.forget(self.server.uuid)
        self.assertEqual(1, len(self.read().volumes))

    def test_devices_detached_long_ago_are_forgotten(self) -> None:
        for _ in range(5):
            self.pending.detached('server', str(uuid.uuid4()))
            self.clock.now += 61
        self.assertEqual(1, len(self.pending._detached))


@ddt.ddt
class TestReadAll(base.RecordsTestCase):
    @ddt.data(0, 1, 30)
    def test_servers_of_a_host_are_read_in_two_messages(self, count: int) -> None:
        for _ in range(count):
            self.records.add()
        self.records.add(host='elsewhere')
        reader = records.Records(records.PendingChanges())
        self.assertEqual(count, len(reader.read_all('host1')))
        self.assertEqual({'instances': 1, 'all devices': 1} if count else {'instances': 1},
                         self.records.reads)


@ddt.ddt
class TestVolumeId(unit_base.TestCase):
    @ddt.data(
        ({'data': {'volume_id': VOLUME}, 'serial': OTHER}, VOLUME), ({'serial': OTHER}, OTHER),
        ({'data': None}, ''), ({}, ''))
    @ddt.unpack
    def test_volume_id_is_found_in_connection_info(
            self, info: dict[str, Any], found: str) -> None:
        self.assertEqual(found, records.volume_id(info))
