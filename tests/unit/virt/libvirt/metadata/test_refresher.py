# SPDX-License-Identifier: Apache-2.0
"""What is written into the domains, when, and what is left alone."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import libvirt
import pytest
from lxml import etree

from nova_ext import exception
from nova_ext.virt.libvirt.metadata import element, refresher
from tests.unit import support
from tests.unit.virt.libvirt.metadata import records as kept
from tests.unit.virt.libvirt.metadata.test_element import SCHEMA

VOLUME, OTHER = (str(uuid.UUID(int=number)) for number in (50, 51))
FOREIGN = '<mine:thing xmlns:mine="urn:mine" a="1"><mine:inner>text</mine:inner></mine:thing>'


def set_metadata(connection: Any, server: Any, xml: str, key: str, uri: str) -> None:
    connection.lookupByUUIDString(server.uuid).setMetadata(
        libvirt.VIR_DOMAIN_METADATA_ELEMENT, xml, key, uri,
        libvirt.VIR_DOMAIN_AFFECT_LIVE | libvirt.VIR_DOMAIN_AFFECT_CONFIG)


class TestWhatIsWritten:
    def test_novas_block_has_the_right_values(
            self, made: refresher.Refresher, connection: Any, server: Any) -> None:
        assert made.refresh(server.uuid) is True
        for metadata in kept.both(connection, server):
            assert metadata.nova_text('name') == 'web'
            assert metadata.nova_text('creationTime') == '2026-03-04 05:06:07'
            assert metadata.nova_attributes('root') == {'type': 'image', 'uuid': kept.IMAGE}
            assert metadata.nova_attributes('flavor')['name'] == 'small'
            assert metadata.nova_attributes('package')['version']

    def test_a_server_without_a_name_has_its_uuid(
            self, made: refresher.Refresher, connection: Any, server: Any) -> None:
        server.display_name = None
        made.refresh(server.uuid)
        assert kept.both(connection, server)[0].nova_text('name') == server.uuid

    def test_a_volume_is_the_root(
            self, made: refresher.Refresher, connection: Any, server: Any,
            records: kept.Kept) -> None:
        records.boots_from(server, VOLUME)
        made.refresh(server.uuid)
        for metadata in kept.both(connection, server):
            assert metadata.nova_attributes('root') == {'type': 'volume', 'uuid': VOLUME}
            assert metadata.our_attributes('volumes/volume') == [
                {'uuid': VOLUME, 'device': '/dev/vda'}]

    def test_our_element_has_the_rest(
            self, made: refresher.Refresher, connection: Any, server: Any,
            records: kept.Kept) -> None:
        records.devices.append(kept.device(server.uuid, VOLUME))
        made.refresh(server.uuid)
        for metadata in kept.both(connection, server):
            SCHEMA.assertValid(etree.ElementTree(metadata.ours))
            assert metadata.ours.get('started') == '2023-11-14T22:13:20Z'
            assert metadata.our_attributes('host') == [
                {'name': 'host1', 'availability_zone': 'zone1'}]
            assert metadata.our_attributes('volumes/volume') == [
                {'uuid': VOLUME, 'device': '/dev/vdb'}]
            assert metadata.our_attributes('ports/port') == [
                {'uuid': kept.vif(1)['id'], 'mac': 'fa:16:3e:00:00:01',
                 'network': kept.NETWORK}]
            assert metadata.our_attributes('plugin')[0]['version']

    @pytest.mark.parametrize('leave_off', [True, False])
    def test_a_guest_that_is_off_was_not_started(
            self, leave_off: bool, made: refresher.Refresher, connection: Any,
            server: Any) -> None:
        made.refresh(server.uuid)
        domain = connection.lookupByUUIDString(server.uuid)
        domain.destroy()
        if not leave_off:
            domain.create()
        made.refresh(server.uuid)
        for metadata in kept.both(connection, server):
            assert ('started' in metadata.ours.attrib) is not leave_off

    def test_nothing_in_it_is_secret(
            self, made: refresher.Refresher, connection: Any, server: Any) -> None:
        server.update({'user_data': 'SECRET', 'key_data': 'SECRET', 'display_description':
                       'SECRET', 'metadata': {'password': 'SECRET'}})
        server.system_metadata.update(
            password_0='SECRET', image_mine='SECRET', image_owner_specified_mine='SECRET')
        made.refresh(server.uuid)
        assert 'SECRET' not in connection.lookupByUUIDString(server.uuid).XMLDesc(0)


class TestWhenItIsWritten:
    def test_an_unchanged_block_is_not_written(
            self, made: refresher.Refresher, asker: kept.Asker, server: Any,
            start_times: Any) -> None:
        made.refresh(server.uuid)
        writes = asker.count('setMetadata')
        start_times.time += 1.4  # as found a little differently
        assert made.refresh(server.uuid) is False
        assert asker.count('setMetadata') == writes == 2

    @pytest.mark.parametrize('change', ['name', 'port', 'volume', 'zone', 'flavor', 'start'])
    def test_any_change_is(
            self, change: str, made: refresher.Refresher, connection: Any, server: Any,
            records: kept.Kept, start_times: Any) -> None:
        made.refresh(server.uuid)
        if change == 'name':
            server.display_name = 'other'
        elif change == 'port':
            server.info_cache.network_info[:] = [kept.vif(1), kept.vif(2)]
        elif change == 'volume':
            records.devices.append(kept.device(server.uuid, VOLUME))
        elif change == 'zone':
            server.availability_zone = 'zone2'
        elif change == 'flavor':
            server.flavor.memory_mb = 1024
        else:
            start_times.time += 100
        assert made.refresh(server.uuid) is True
        live, persistent = kept.both(connection, server)
        assert etree.tostring(live.ours) == etree.tostring(persistent.ours)
        assert made.refresh(server.uuid) is False

    @pytest.mark.parametrize('flags', [
        libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG])
    def test_what_somebody_changed_in_one_definition_is_mended(
            self, flags: int, made: refresher.Refresher, connection: Any, server: Any) -> None:
        made.refresh(server.uuid)
        domain = connection.lookupByUUIDString(server.uuid)
        domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, None, 'domain',
                           element.NAMESPACE, flags)
        assert made.refresh(server.uuid) is True
        assert all(one.ours is not None for one in kept.both(connection, server))

    def test_a_renamed_server_that_migrates_or_has_gone_is_left_to_others(
            self, made: refresher.Refresher, server: Any, asker: kept.Asker) -> None:
        server.task_state = 'migrating'
        assert made.refresh_renamed(server.uuid) is False
        server.task_state, server.host = None, 'host2'
        assert made.refresh_renamed(server.uuid) is False
        assert not asker.calls
        server.host = 'host1'
        assert made.refresh_renamed(server.uuid) is True

    def test_a_server_without_a_domain_is_no_failure(
            self, made: refresher.Refresher, records: kept.Kept) -> None:
        assert made.refresh(records.add().uuid) is False

    def test_another_error_of_libvirt_is(
            self, made: refresher.Refresher, server: Any, asker: kept.Asker) -> None:
        asker.errors[server.uuid] = support.libvirt_error(libvirt.VIR_ERR_OPERATION_TIMEOUT)
        with pytest.raises(libvirt.libvirtError):
            made.refresh(server.uuid)

    def test_what_is_recorded_later_is_found_later(
            self, made: refresher.Refresher, connection: Any, server: Any, records: kept.Kept,
            monkeypatch: pytest.MonkeyPatch) -> None:
        records.boots_from(server, VOLUME)
        made.refresh(server.uuid)

        def delays() -> Iterator[float]:
            yield 0
            records.boots_from(server, OTHER)
            yield 0

        monkeypatch.setattr(refresher, 'FOLLOW', delays())
        made._follow(server)
        assert all(one.nova_attributes('root')['uuid'] == OTHER
                   for one in kept.both(connection, server))

    def test_it_is_followed_in_the_background(
            self, made: refresher.Refresher, server: Any,
            monkeypatch: pytest.MonkeyPatch) -> None:
        followed: list[tuple[Any, int]] = []
        monkeypatch.setattr(made, '_follow', lambda instance: followed.append(
            (instance, threading.get_ident())))
        made.follow(server)
        assert support.eventually(lambda: bool(followed))
        [(instance, thread)] = followed
        assert instance is server and thread != threading.get_ident()

    def test_a_server_that_is_deleted_is_not_followed_any_more(
            self, made: refresher.Refresher, server: Any, records: kept.Kept,
            monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        monkeypatch.setattr(refresher, 'FOLLOW', (0, 0, 0))
        records.servers.clear()
        made._follow(server)
        assert records.reads == {'instance': 1}
        assert not caplog.records

    def test_an_unshelved_server_is_followed(
            self, made: refresher.Refresher, server: Any,
            monkeypatch: pytest.MonkeyPatch) -> None:
        followed: list[Any] = []
        monkeypatch.setattr(made, 'follow', lambda instance: followed.append(instance.uuid))
        made.refresh(server.uuid)
        assert not followed
        server.image_ref = server.system_metadata['shelved_image_id'] = OTHER
        made.refresh(server.uuid)
        assert followed == [server.uuid]


class TestOtherMetadata:
    def test_what_is_not_ours_is_kept(
            self, made: refresher.Refresher, connection: Any, server: Any) -> None:
        set_metadata(connection, server, FOREIGN, 'theirs', 'urn:mine')
        made.refresh(server.uuid)
        for metadata in kept.both(connection, server):
            [theirs] = metadata.root.findall('./metadata/{urn:mine}thing')
            assert theirs.get('a') == '1'
            assert theirs.findtext('{urn:mine}inner') == 'text'
            assert metadata.ours is not None

    @pytest.mark.parametrize('ours', [
        '<domain started="2026-01-02T03:04:05Z"/>', '<domain started="never"><x/></domain>',
        '<domain>text</domain>', '<other/>'])
    def test_an_older_or_bad_element_gives_way(
            self, ours: str, made: refresher.Refresher, connection: Any, server: Any) -> None:
        set_metadata(connection, server, ours, 'nova_ext', element.NAMESPACE)
        made.refresh(server.uuid)
        for metadata in kept.both(connection, server):
            SCHEMA.assertValid(etree.ElementTree(metadata.ours))
            assert len([one for one in metadata.root.find('metadata')
                        if etree.QName(one).namespace == element.NAMESPACE]) == 1
        assert made.refresh(server.uuid) is False

    def test_so_does_a_bad_block_of_novas(
            self, made: refresher.Refresher, connection: Any, server: Any) -> None:
        from nova_ext.virt.libvirt.metadata import block

        set_metadata(connection, server, '<instance><name/></instance>', 'x', block.NAMESPACE)
        made.refresh(server.uuid)
        for metadata in kept.both(connection, server):
            assert metadata.nova_text('name') == 'web'


class TestPass:
    @pytest.fixture
    def fleet(self, connection: Any, records: kept.Kept, server: Any) -> list[Any]:
        """Servers whose guests run, one whose guest is off, one without a domain."""
        return [server, *(
            records.add(uuid=support.define_guest(connection, running=running).UUIDString())
            for running in (True, True, False)), records.add()]

    def test_each_guest_is_written_and_read_once(
            self, made: refresher.Refresher, connection: Any, fleet: list[Any],
            asker: kept.Asker) -> None:
        made.refresh_all()
        for server in fleet[:4]:
            assert all(one.ours is not None for one in kept.both(connection, server))
        asker.calls.clear()
        made.refresh_all()
        assert asker.count('XMLDesc') == 4
        assert asker.count('setMetadata') == 0
        assert asker.count('metadata') == 3 * 2  # of those that run, the persistent definition

    @pytest.mark.parametrize('error', [
        exception.GuestNotResponding('hung'), ValueError('whatever'),
        support.libvirt_error(libvirt.VIR_ERR_OPERATION_FAILED)], ids=['hung', 'any', 'libvirt'])
    def test_a_failing_guest_does_not_stop_it(
            self, error: Exception, made: refresher.Refresher, connection: Any,
            fleet: list[Any], asker: kept.Asker, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        asker.errors[fleet[1].uuid] = error
        made.refresh_all()
        assert [kept.both(connection, server)[0].ours is not None for server in fleet[:4]] == [
            True, False, True, True]
        [complaint] = [record for record in caplog.records
                       if record.levelno == logging.WARNING]
        assert complaint.instance.uuid == fleet[1].uuid  # type: ignore[attr-defined]
        assert '3 of 5 domains has changed, 1 could not' in caplog.text

    def test_what_something_is_done_to_is_left_to_that(
            self, made: refresher.Refresher, connection: Any, fleet: list[Any]) -> None:
        fleet[0].task_state = 'rebooting'
        made.refresh_all()
        assert kept.both(connection, fleet[0])[0].ours is None
        assert kept.both(connection, fleet[1])[0].ours is not None

    def test_records_that_are_older_than_an_operation_are_not_written(
            self, made: refresher.Refresher, connection: Any, server: Any,
            records: kept.Kept) -> None:
        def rename() -> None:
            server.display_name = 'renamed'
            made.refresh(server.uuid)

        records.meanwhile = rename
        made.refresh_all()
        assert kept.both(connection, server)[0].nova_text('name') == 'renamed'
        records.meanwhile = lambda: None
        server.display_name = 'again'
        made.refresh_all()
        assert kept.both(connection, server)[0].nova_text('name') == 'again'
