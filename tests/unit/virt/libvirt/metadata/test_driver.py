# SPDX-License-Identifier: Apache-2.0
"""Operations of Nova's own libvirt driver, and the metadata after them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import ddt
from lxml import etree
from nova.virt.libvirt import config as nova_config

from nova_ext.virt.libvirt.metadata import block
from tests.unit import support
from tests.unit.virt.libvirt.metadata import fakes
from tests.unit.virt.libvirt.metadata.driver_base import DriverTestCase

VOLUME = str(uuid.UUID(int=50))
CONNECTION = {'data': {'volume_id': VOLUME}}

#: The operations after which metadata is refreshed, and their arguments for a server.
OPERATIONS: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    '_create_guest_with_network': lambda server: (
        'context', '<domain/>', server, 'nics', 'disks'),
    'reboot': lambda server: ('context', server, 'nics', 'SOFT', 'disks'),
    'rescue': lambda server: ('context', server, 'nics', 'image', 'password', 'disks'),
    'unrescue': lambda server: ('context', server),
    'power_off': lambda server: (server, 30, 5),
    'suspend': lambda server: ('context', server),
    'attach_interface': lambda server: ('context', server, 'image', fakes.make_vif(1)),
    'detach_interface': lambda server: ('context', server, fakes.make_vif(7)),
    'attach_volume': lambda server: ('context', CONNECTION, server, '/dev/vdb'),
    'detach_volume': lambda server: ('context', CONNECTION, server, '/dev/vdb'),
    'live_migration': lambda server: ('context', server, 'dest', 'post', 'recover'),
    'post_live_migration_at_destination': lambda server: ('context', server, 'nics'),
}


@ddt.ddt
class TestOperations(DriverTestCase):
    @ddt.data(*OPERATIONS)
    def test_metadata_is_refreshed_after_operation(self, method: str) -> None:
        arguments = OPERATIONS[method](self.server)
        calls = self.replace_nova_method(
            method, 'result', lambda: setattr(self.server, 'display_name', 'after'))
        self.assertIn(getattr(self.driver, method)(*arguments, option=1), (None, 'result'))
        self.assertEqual([(arguments, {'option': 1})], calls)
        for metadata in self.read_metadata():
            self.assertEqual('after', metadata.nova_text('name'))

    @ddt.data(*OPERATIONS)
    def test_operation_succeeds_when_metadata_cannot_be_refreshed(self, method: str) -> None:
        calls = self.replace_nova_method(method)
        self.records.servers.clear()
        getattr(self.driver, method)(*OPERATIONS[method](self.server))
        self.assertEqual(1, len(calls))
        self.assertIn(
            'Failed to refresh domain metadata before the next pass: InstanceNotFound',
            self.logs.text)

    @ddt.data(*sorted(OPERATIONS.keys() - {'live_migration'}))
    def test_failed_operation_raises_and_refreshes_nothing(self, method: str) -> None:
        def fail() -> None:
            raise ValueError('as Nova says')

        self.replace_nova_method(method, effect=fail)
        with self.assert_raises(ValueError, 'as Nova says'):
            getattr(self.driver, method)(*OPERATIONS[method](self.server))
        self.assertEqual({}, self.records.reads)

    def test_detached_volume_is_gone_before_that_is_recorded(self) -> None:
        self.replace_nova_method('attach_volume')
        self.replace_nova_method('detach_volume')
        self.records.devices.append(fakes.make_device(self.server.uuid, VOLUME))
        for method, count in (('attach', 1), ('detach', 0), ('attach', 1)):
            getattr(self.driver, f'{method}_volume')(
                support.admin(), CONNECTION, self.server, '/dev/vdb')
            for metadata in self.read_metadata():
                self.assertEqual(count, len(metadata.nova_ext_attributes('volumes/volume')))

    def test_detached_port_is_gone_from_both_elements_before_that_is_recorded(self) -> None:
        self.replace_nova_method('detach_interface')
        self.driver.detach_interface(support.admin(), self.server, fakes.make_vif(1))
        for metadata in self.read_metadata():
            self.assertEqual([], metadata.nova_ext_attributes('ports/port'))
            self.assertEqual(0, len(metadata.nova.find(f'{{{block.NAMESPACE}}}ports')))

    def test_server_that_has_left_is_not_refreshed_on_the_source(self) -> None:
        self.replace_nova_method(
            'live_migration', effect=lambda: self.server.update({'host': 'host2'}))
        self.driver.live_migration(*OPERATIONS['live_migration'](self.server))
        self.assertIsNone(self.read_metadata()[0].nova_ext)

    def test_server_that_stays_after_an_aborted_migration_is_refreshed(self) -> None:
        def fail() -> None:
            raise ValueError('aborted')

        self.replace_nova_method('live_migration', effect=fail)
        with self.assert_raises(ValueError, 'aborted'):
            self.driver.live_migration(*OPERATIONS['live_migration'](self.server))
        self.assert_valid(self.read_metadata()[0].nova_ext)

    def test_server_is_followed_after_volume_swap(self) -> None:
        self.replace_nova_method('swap_volume')
        followed: list[Any] = []
        self.patch(self.driver._nova_ext.metadata, 'follow', followed.append)
        self.driver.swap_volume(
            support.admin(), CONNECTION, {'serial': 'new'}, self.server, '/dev/vdb', 0)
        self.assertEqual([self.server], followed)


class TestGuestConfiguration(DriverTestCase):
    def make_metadata(self) -> list[Any]:
        """Return the metadata in a guest's configuration, to which Nova contributes its block."""
        guest = nova_config.LibvirtConfigGuest()
        vifs = self.server.get_network_info()
        guest.metadata.append(self.driver._nova_ext_stock_block(self.server, vifs))
        self.replace_nova_method('_get_guest_config', guest)
        result = self.driver._get_guest_config(
            self.server, vifs, 'image', 'disks', context=support.admin())
        self.assertIs(guest, result)
        return [etree.fromstring(etree.tostring(one.format_dom())) for one in result.metadata]

    def test_metadata_of_new_guest_is_correct_and_without_start_time(self) -> None:
        self.records.boot_from_volume(self.server, VOLUME)
        nova, nova_ext = self.make_metadata()
        self.assertEqual(
            '2026-03-04 05:06:07', nova.findtext(f'{{{block.NAMESPACE}}}creationTime'))
        self.assertEqual({'type': 'volume', 'uuid': VOLUME},
                         dict(nova.find(f'{{{block.NAMESPACE}}}root').attrib))
        self.assert_valid(nova_ext)
        self.assertIsNone(nova_ext.get('started'))

    def test_names_that_xml_cannot_carry_do_not_prevent_boot(self) -> None:
        self.server.display_name = 'a\0]]>\ud800'
        self.server.system_metadata['owner_project_name'] = '\x07'
        self.server.flavor.extra_specs = {'\x01': '\x02'}
        nova, _ = self.make_metadata()
        self.assertEqual('a\ufffd]]>\ufffd', nova.findtext(f'{{{block.NAMESPACE}}}name'))

    def test_failure_to_read_records_does_not_prevent_boot(self) -> None:
        def fail(*arguments: Any) -> None:
            raise RuntimeError('no conductor')

        self.patch(self.driver._nova_ext.metadata._records, 'of', fail)
        self.server.display_name = '\0'
        [nova] = self.make_metadata()
        self.assertEqual('\ufffd', nova.findtext(f'{{{block.NAMESPACE}}}name'))
        self.assertIn('which is as Nova makes it: RuntimeError: no conductor',
                      self.logs.text)
