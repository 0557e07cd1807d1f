# SPDX-License-Identifier: Apache-2.0
"""The mixin over Nova's own libvirt driver, which is connected to libvirt's test driver."""

from __future__ import annotations

import types
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree
from nova.virt.libvirt import config as nova_config
from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt.libvirt import driver
from nova_ext.virt.libvirt.metadata import block
from tests.unit import support
from tests.unit.virt.libvirt.metadata import records as kept
from tests.unit.virt.libvirt.metadata.test_element import SCHEMA

VOLUME = str(uuid.UUID(int=50))
CONNECTION = {'data': {'volume_id': VOLUME}}
CONTEXT = support.admin

#: Stands for the server in arguments.
SERVER = object()


@pytest.fixture
def compute() -> Any:
    return types.SimpleNamespace(additional_endpoints=[])


@pytest.fixture
def made(transport: Any, conf: Any, as_root: None, compute: Any, connection: Any,
         records: kept.Kept) -> Any:
    """``nova_ext.LibvirtDriver``, all of it."""
    conf.set_override('connection_uri', 'test:///default', 'libvirt')
    conf.set_override('virt_type', 'qemu', 'libvirt')
    conf.set_override('host', 'host1')
    return driver.LibvirtDriver(types.SimpleNamespace(_compute=compute))


@pytest.fixture
def nova(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Has a method of Nova's driver do nothing but be noted."""

    def replace(name: str, result: Any = None, then: Any = lambda: None) -> list[Any]:
        calls: list[Any] = []

        def called(self: Any, *arguments: Any, **options: Any) -> Any:
            calls.append((arguments, options))
            then()
            return result

        monkeypatch.setattr(nova_driver.LibvirtDriver, name, called)
        return calls

    return replace


@pytest.mark.parametrize(('method', 'arguments'), [
    ('_create_guest_with_network', ('context', '<domain/>', SERVER, 'nics', 'disks')),
    ('reboot', ('context', SERVER, 'nics', 'SOFT', 'disks')),
    ('rescue', ('context', SERVER, 'nics', 'image', 'password', 'disks')),
    ('unrescue', ('context', SERVER)),
    ('power_off', (SERVER, 30, 5)),
    ('suspend', ('context', SERVER)),
    ('attach_interface', ('context', SERVER, 'image', kept.vif(1))),
    ('detach_interface', ('context', SERVER, kept.vif(7))),
    ('attach_volume', ('context', CONNECTION, SERVER, '/dev/vdb')),
    ('detach_volume', ('context', CONNECTION, SERVER, '/dev/vdb')),
    ('post_live_migration_at_destination', ('context', SERVER, 'nics')),
])
class TestOperations:
    def test_the_metadata_is_refreshed_after_it(
            self, method: str, arguments: Any, made: Any, nova: Any, server: Any,
            connection: Any) -> None:
        arguments = tuple(server if one is SERVER else one for one in arguments)
        calls = nova(method, 'result', lambda: setattr(server, 'display_name', 'after'))
        assert getattr(made, method)(*arguments, option=1) in (None, 'result')
        assert calls == [(arguments, {'option': 1})]
        for metadata in kept.both(connection, server):
            assert metadata.nova_text('name') == 'after'

    def test_it_succeeds_though_they_cannot_be(
            self, method: str, arguments: Any, made: Any, nova: Any, server: Any,
            records: kept.Kept, caplog: pytest.LogCaptureFixture) -> None:
        arguments = tuple(server if one is SERVER else one for one in arguments)
        calls = nova(method)
        records.servers.clear()
        getattr(made, method)(*arguments)
        assert len(calls) == 1
        assert 'is not refreshed before the next pass: InstanceNotFound' in caplog.text

    def test_it_fails_as_nova_has_it_fail(
            self, method: str, arguments: Any, made: Any, nova: Any, server: Any,
            records: kept.Kept) -> None:
        def fail() -> None:
            raise ValueError('as Nova says')

        arguments = tuple(server if one is SERVER else one for one in arguments)
        nova(method, then=fail)
        with pytest.raises(ValueError, match='as Nova says'):
            getattr(made, method)(*arguments)
        assert not records.reads


def test_a_detached_volume_is_gone_before_its_record(
        made: Any, nova: Any, server: Any, connection: Any, records: kept.Kept) -> None:
    nova('attach_volume')
    nova('detach_volume')
    records.devices.append(kept.device(server.uuid, VOLUME))
    for method, there in (('attach', 1), ('detach', 0), ('attach', 1)):
        getattr(made, f'{method}_volume')(CONTEXT(), CONNECTION, server, '/dev/vdb')
        for metadata in kept.both(connection, server):
            assert len(metadata.our_attributes('volumes/volume')) == there


def test_a_detached_port_is_gone_from_both_elements_before_its_record(
        made: Any, nova: Any, server: Any, connection: Any) -> None:
    nova('detach_interface')
    made.detach_interface(CONTEXT(), server, kept.vif(1))
    for metadata in kept.both(connection, server):
        assert metadata.our_attributes('ports/port') == []
        assert len(metadata.nova.find(f'{{{block.NAMESPACE}}}ports')) == 0


def test_after_a_swap_the_record_is_followed(
        made: Any, nova: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nova('swap_volume')
    followed: list[Any] = []
    monkeypatch.setattr(made._nova_ext_metadata, 'follow', followed.append)
    made.swap_volume(CONTEXT(), CONNECTION, {'serial': 'new'}, server, '/dev/vdb', 0)
    assert followed == [server]


class TestConfiguration:
    @pytest.fixture
    def configured(self, made: Any, nova: Any, server: Any) -> Callable[[], Any]:
        """Makes a guest's configuration, of which Nova contributes its metadata."""

        def make() -> Any:
            guest = nova_config.LibvirtConfigGuest()
            guest.metadata.append(made._nova_ext_nova_block(server, server.get_network_info()))
            nova('_get_guest_config', guest)
            result = made._get_guest_config(
                server, server.get_network_info(), 'image', 'disks', context=CONTEXT())
            assert result is guest
            return [etree.fromstring(etree.tostring(one.format_dom()))
                    for one in result.metadata]

        return make

    def test_its_metadata_is_true_from_the_start(
            self, configured: Any, server: Any, records: kept.Kept) -> None:
        records.boots_from(server, VOLUME)
        nova, ours = configured()
        assert nova.findtext(f'{{{block.NAMESPACE}}}creationTime') == '2026-03-04 05:06:07'
        assert dict(nova.find(f'{{{block.NAMESPACE}}}root').attrib) == {
            'type': 'volume', 'uuid': VOLUME}
        SCHEMA.assertValid(etree.ElementTree(ours))
        assert ours.get('started') is None

    def test_no_name_stops_a_boot(self, configured: Any, server: Any) -> None:
        server.display_name = 'a\0]]>\ud800'
        server.system_metadata['owner_project_name'] = '\x07'
        server.flavor.extra_specs = {'\x01': '\x02'}
        nova, _ = configured()
        assert nova.findtext(f'{{{block.NAMESPACE}}}name') == 'a\ufffd]]>\ufffd'

    def test_nor_does_a_failure(
            self, configured: Any, server: Any, monkeypatch: pytest.MonkeyPatch, made: Any,
            caplog: pytest.LogCaptureFixture) -> None:
        def fail(*arguments: Any) -> None:
            raise RuntimeError('no conductor')

        monkeypatch.setattr(made._nova_ext_metadata._records, 'of', fail)
        server.display_name = '\0'
        [nova] = configured()
        assert nova.findtext(f'{{{block.NAMESPACE}}}name') == '\ufffd'
        assert 'is what Nova makes of it for now: RuntimeError: no conductor' in caplog.text


def test_all_guests_are_refreshed_when_the_service_starts(
        made: Any, nova: Any, server: Any, connection: Any) -> None:
    nova('init_host')
    nova('cleanup_host')
    made.init_host('host1')
    assert support.eventually(
        lambda: all(one.ours is not None for one in kept.both(connection, server)))
    made.cleanup_host('host1')


def test_a_renamed_server_is_refreshed_on_request(
        made: Any, compute: Any, server: Any, connection: Any) -> None:
    server.display_name = 'renamed'
    [endpoint] = compute.additional_endpoints
    assert endpoint.refresh_metadata(CONTEXT(), server.uuid) is True
    assert kept.both(connection, server)[1].nova_text('name') == 'renamed'
