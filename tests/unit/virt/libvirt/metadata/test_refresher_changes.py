# SPDX-License-Identifier: Apache-2.0
"""When the refresher writes a guest's metadata, and what it follows up."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import ddt
import libvirt
from lxml import etree

from nova_ext.virt.libvirt.metadata import element, refresher
from tests.fixtures import libvirt as libvirt_fixtures
from tests.unit.virt.libvirt.metadata import base, fakes

VOLUME, OTHER = (str(uuid.UUID(int=number)) for number in (50, 51))

CHANGES: dict[str, Callable[[base.RefresherTestCase], object]] = {
    'name': lambda test: test.server.update({'display_name': 'other'}),
    'port': lambda test: test.server.info_cache.network_info.append(fakes.make_vif(2)),
    'volume': lambda test: test.records.devices.append(
        fakes.make_device(test.server.uuid, VOLUME)),
    'zone': lambda test: test.server.update({'availability_zone': 'zone2'}),
    'flavor': lambda test: test.server.flavor.update({'memory_mb': 1024}),
    'start': lambda test: setattr(test.start_times, 'time', test.start_times.time + 100),
}


@ddt.ddt
class TestChanges(base.RefresherTestCase):
    def test_unchanged_metadata_is_not_written(self) -> None:
        self.refresher.refresh(self.server.uuid)
        self.assertEqual(2, self.queries.count('setMetadata'))
        self.start_times.time += 1.4  # within what a start time may vary when it is read again
        later = time.time() + 60
        self.patch(time, 'time', lambda: later)
        self.assertIs(False, self.refresher.refresh(self.server.uuid))
        self.assertEqual(2, self.queries.count('setMetadata'))

    @ddt.data(*CHANGES)
    def test_any_change_is_written_once(self, change: str) -> None:
        self.refresher.refresh(self.server.uuid)
        CHANGES[change](self)
        self.assertIs(True, self.refresher.refresh(self.server.uuid))
        live, persistent = self.read_metadata()
        self.assertEqual(etree.tostring(live.nova_ext), etree.tostring(persistent.nova_ext))
        self.assertIs(False, self.refresher.refresh(self.server.uuid))

    @ddt.data(libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    def test_element_removed_from_one_definition_is_restored(self, flags: int) -> None:
        self.refresher.refresh(self.server.uuid)
        self.get_domain().setMetadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, None, 'domain', element.NAMESPACE, flags)
        self.assertIs(True, self.refresher.refresh(self.server.uuid))
        for metadata in self.read_metadata():
            self.assertIsNotNone(metadata.nova_ext)

    def test_renamed_server_is_refreshed_on_its_own_host_only(self) -> None:
        self.server.host = 'host2'
        self.assertIs(False, self.refresher.refresh_local(self.server.uuid))
        self.assertEqual({}, self.queries.calls)
        self.server.host = 'host1'
        self.assertIs(True, self.refresher.refresh_local(self.server.uuid))

    def test_guest_that_migrates_is_not_changed(self) -> None:
        self.server.task_state = 'migrating'
        self.queries.migrating.add(self.server.uuid)
        self.assertIs(False, self.refresher.refresh_local(self.server.uuid))
        self.assertEqual(0, self.queries.count('setMetadata'))

    def test_guest_that_waits_for_its_migration_is_changed(self) -> None:
        self.server.task_state = 'migrating'
        self.assertIs(True, self.refresher.refresh_local(self.server.uuid))

    def test_server_without_domain_is_ignored(self) -> None:
        self.assertIs(False, self.refresher.refresh(self.records.add().uuid))

    def test_other_libvirt_error_raises(self) -> None:
        self.queries.errors[self.server.uuid] = libvirt_fixtures.libvirt_error(
            libvirt.VIR_ERR_OPERATION_TIMEOUT)
        with self.assert_raises(libvirt.libvirtError):
            self.refresher.refresh(self.server.uuid)


class TestFollowing(base.RefresherTestCase):
    def test_what_nova_records_later_is_written_later(self) -> None:
        self.records.boot_from_volume(self.server, VOLUME)
        self.refresher.refresh(self.server.uuid)

        def delays() -> Iterator[float]:
            yield 0
            self.records.boot_from_volume(self.server, OTHER)
            yield 0

        self.patch(refresher, 'FOLLOW_UP_DELAYS', delays())
        self.refresher._follow(self.server)
        self.assertEqual([OTHER, OTHER], [metadata.nova_attributes('root')['uuid']
                                          for metadata in self.read_metadata()])

    def test_server_is_followed_in_a_thread(self) -> None:
        followed: list[tuple[Any, int]] = []
        self.patch(self.refresher, '_follow', lambda instance: followed.append(
            (instance, threading.get_ident())))
        self.refresher.follow(self.server)
        self.assert_eventually(lambda: followed)
        [(instance, thread)] = followed
        self.assertIs(self.server, instance)
        self.assertNotEqual(threading.get_ident(), thread)

    def test_deleted_server_is_no_longer_followed(self) -> None:
        self.patch(refresher, 'FOLLOW_UP_DELAYS', (0, 0, 0))
        self.records.servers.clear()
        self.refresher._follow(self.server)
        self.assertEqual({'instance': 1}, self.records.reads)
        self.assertEqual([], self.logs.messages(logger='nova_ext'))

    def test_only_a_server_being_unshelved_is_followed(self) -> None:
        followed: list[Any] = []
        self.patch(self.refresher, 'follow', lambda instance: followed.append(instance.uuid))
        self.refresher.refresh(self.server.uuid)
        self.assertEqual([], followed)
        self.server.image_ref = self.server.system_metadata['shelved_image_id'] = OTHER
        self.refresher.refresh(self.server.uuid)
        self.assertEqual([self.server.uuid], followed)
