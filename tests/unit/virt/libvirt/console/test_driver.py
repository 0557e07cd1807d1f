# SPDX-License-Identifier: Apache-2.0
"""The mixin over Nova's own libvirt driver, which is connected to libvirt's test driver."""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from nova import exception as nova_exception
from nova.console import serial
from nova.virt.libvirt import config as nova_config
from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt.libvirt import driver
from nova_ext.virt.libvirt.console import config, history, migrating, virtlogd
from tests.unit import support
from tests.unit.virt.libvirt.console import domains
from tests.unit.virt.libvirt.console import virtlogd_files as files
from tests.unit.virt.libvirt.console.conftest import NewMove, NewServer, nova_log_path
from tests.unit.virt.libvirt.console.peers import Histories, complaints, plugin

CONTEXT = support.admin


@pytest.fixture
def made(transport: Any, conf: Any, connection: Any, instances: Path) -> Any:
    """``nova_ext.LibvirtDriver``, all of it."""
    conf.set_override('connection_uri', 'test:///default', 'libvirt')
    conf.set_override('virt_type', 'qemu', 'libvirt')
    compute = types.SimpleNamespace(additional_endpoints=[])
    return driver.LibvirtDriver(types.SimpleNamespace(_compute=compute))


@pytest.fixture
def stock(made: Any) -> Any:
    """Nova's own driver."""
    compute = types.SimpleNamespace(additional_endpoints=[])
    return nova_driver.LibvirtDriver(types.SimpleNamespace(_compute=compute))


@pytest.fixture
def server(new_server: NewServer, nova_objects: Any) -> Any:
    server = new_server()
    server.flavor = nova_objects.Flavor(extra_specs={})
    return server


@pytest.fixture
def ports(conf: Any) -> Iterator[set[tuple[str, int]]]:
    """The ports of which Nova keeps account, because it gives guests some."""
    conf.set_override('enabled', True, 'serial_console')
    serial.ALLOCATED_PORTS.clear()
    yield serial.ALLOCATED_PORTS
    serial.ALLOCATED_PORTS.clear()


def created(made: Any, server: Any, architecture: str = 'x86_64', number: int = 1) -> list[Any]:
    """The consoles that a guest is given when it is started."""
    from nova import objects

    guest = nova_config.LibvirtConfigGuest()
    made._create_consoles(
        guest, server, objects.Flavor(extra_specs={'hw:serial_port_count': number}),
        objects.ImageMeta.from_dict({'properties': {
            'hw_architecture': architecture, 'hw_emulation_architecture': architecture}}))
    return list(guest.devices)


def logs(devices: list[Any]) -> list[Any]:
    return [device.log and (device.log.file, device.log.append) for device in devices]


class TestCreateConsoles:
    @pytest.mark.parametrize(('architecture', 'kind'), [
        ('x86_64', nova_config.LibvirtConfigGuestSerial),
        ('s390x', nova_config.LibvirtConfigGuestConsole)])
    def test_without_serial_consoles_there_is_a_pty_whose_log_goes_on(
            self, architecture: str, kind: type, made: Any, server: Any) -> None:
        device, = created(made, server, architecture)
        assert (type(device), device.type) == (kind, 'pty')
        assert logs([device]) == [(nova_log_path(server), 'on')]

    @pytest.mark.parametrize('architecture', ['x86_64', 's390x'])
    @pytest.mark.parametrize('number', [1, 2, 3, 4])
    def test_up_to_four_ports_can_be_had_and_the_first_is_logged(
            self, number: int, architecture: str, made: Any, server: Any,
            ports: set[tuple[str, int]]) -> None:
        devices = created(made, server, architecture, number)
        assert [device.type for device in devices] == ['tcp'] * number
        assert {(device.listen_host, device.listen_port) for device in devices} == ports
        assert logs(devices) == [(nova_log_path(server), 'on')] + [None] * (number - 1)

    def test_a_fifth_is_refused(
            self, made: Any, server: Any, ports: set[tuple[str, int]]) -> None:
        with pytest.raises(nova_exception.SerialPortNumberLimitExceeded):
            created(made, server, number=5)
        assert ports == set()

    @pytest.mark.parametrize('architecture', ['x86_64', 's390x'])
    def test_none_is_lost_while_the_old_guest_is_still_there(
            self, architecture: str, made: Any, stock: Any, server: Any, define: Any,
            ports: set[tuple[str, int]]) -> None:
        define(server, domains.tcp(2), running=True)
        assert created(stock, server, architecture, 2) == []
        devices = created(made, server, architecture, 2)
        assert [device.type for device in devices] == ['tcp', 'tcp']
        assert len(ports) == 2

    def test_the_log_is_where_it_is_configured(
            self, made: Any, server: Any, logs_elsewhere: Path) -> None:
        assert logs(created(made, server)) == [
            (f'{logs_elsewhere}/{server.name}-serial0.log', 'on')]

    def test_a_container_is_given_what_nova_gives_it(
            self, made: Any, stock: Any, server: Any, conf: Any, logs_elsewhere: Path) -> None:
        conf.set_override('virt_type', 'lxc', 'libvirt')
        ours, novas = (
            [etree.tostring(device.format_dom()) for device in created(given, server)]
            for given in (made, stock))
        assert ours == novas
        assert b'append="off"' in ours[0]


class TestLogFile:
    def test_nova_makes_it_in_the_servers_directory(self, made: Any, server: Any) -> None:
        made._ensure_console_log_for_instance(server)
        assert Path(nova_log_path(server)).read_bytes() == b''

    def test_elsewhere_it_is_virtlogds_to_make(
            self, made: Any, server: Any, logs_elsewhere: Path) -> None:
        made._ensure_console_log_for_instance(server)
        assert list(logs_elsewhere.iterdir()) == []
        assert not Path(nova_log_path(server)).exists()


class TestOutput:
    @pytest.mark.parametrize('running', [True, False, None])
    def test_it_is_the_newest_of_the_log_in_any_power_state(
            self, running: Any, made: Any, server: Any, define: Any) -> None:
        if running is not None:
            define(server, domains.PTY.replace(
                domains.LOG, nova_log_path(server)), running=running)
        whole = files.make(Path(nova_log_path(server)), files.text(0, 90_000),
                           files.text(0, 90_000))
        output = made.get_console_output(CONTEXT(), server)
        assert output == whole[-nova_driver.MAX_CONSOLE_BYTES:]

    def test_a_containers_is_novas(
            self, made: Any, server: Any, define: Any, conf: Any) -> None:
        conf.set_override('virt_type', 'lxc', 'libvirt')
        Path(nova_log_path(server)).write_bytes(b'printed')
        define(server, '')
        with pytest.raises(nova_exception.ConsoleNotAvailable):
            made.get_console_output(CONTEXT(), server)


class TestUnrescue:
    def test_the_guest_starts_with_ports_that_are_free(
            self, made: Any, stock: Any, server: Any, define: Any, instances: Path,
            ports: set[tuple[str, int]], connection: Any,
            monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(made, '_lvm_disks', lambda _: [])
        saved = instances / server.uuid / 'unrescue.xml'
        saved.write_text(
            domains.domain(domains.tcp(2), server.uuid), encoding='utf-8')
        domain = define(server, domains.tcp(1, first=10007), running=True)
        ports.update({('127.0.0.1', 10007), ('127.0.0.1', 10000)})
        made.unrescue(CONTEXT(), server)
        got = config.serial_ports(domain.XMLDesc())
        assert domain.isActive()
        assert len(got) == 2
        assert ('127.0.0.1', 10000) not in got
        assert ports == {*got, ('127.0.0.1', 10000)}
        assert 'append=\'on\'' in domain.XMLDesc()
        assert not saved.exists()


class Guest:
    """A guest that notes what it migrates with."""

    def __init__(self, domain: Any) -> None:
        self.domain = domain
        self.migrated: list[str] = []

    def get_xml_desc(self, **_: Any) -> str:
        xml: str = self.domain.XMLDesc()
        return xml

    def migrate(self, *_: Any, destination_xml: str, **__: Any) -> None:
        self.migrated.append(destination_xml)


class TestLiveMigration:
    @pytest.fixture
    def migrate_data(self, nova_objects: Any) -> Any:
        return nova_objects.LibvirtLiveMigrateData(
            block_migration=False, is_shared_instance_path=False, serial_listen_addr=None,
            serial_listen_ports=[], bdms=[], vifs=[], supported_perf_events=[],
            target_connect_addr=None, graphics_listen_addr_vnc='0.0.0.0',
            graphics_listen_addr_spice='0.0.0.0')

    @pytest.fixture
    def guest(self, server: Any, define: Any, made: Any, stock: Any) -> Guest:
        for given in (made, stock):
            given._live_migration_flags = 0
        return Guest(define(server, domains.tcp(2, log=nova_log_path(server)), running=True))

    def test_to_a_host_without_ports_stock_refuses_and_ours_goes_with_ptys(
            self, made: Any, stock: Any, server: Any, guest: Guest, migrate_data: Any,
            ports: set[tuple[str, int]]) -> None:
        ports.update(config.serial_ports(guest.get_xml_desc()))
        arguments: tuple[Any, ...] = (
            CONTEXT(), server, 'there', False, migrate_data, guest, [])
        with pytest.raises(nova_exception.MigrationError, match='disable serial console'):
            stock._live_migration_operation(*arguments)
        made._live_migration_operation(*arguments)
        xml, = guest.migrated
        assert (config.serial_ports(xml), config.log_path(xml)) == ([], nova_log_path(server))
        assert ports == set()

    def test_what_fails_does_not_keep_the_guest_from_migrating(
            self, made: Any, server: Any, guest: Guest, migrate_data: Any,
            monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError('broken')

        migrate_data.serial_listen_addr = '10.0.0.2'
        migrate_data.serial_listen_ports = [7, 8]
        monkeypatch.setattr(migrating, 'MigratingGuest', fail)
        made._live_migration_operation(
            CONTEXT(), server, 'there', False, migrate_data, guest, [])
        assert len(guest.migrated) == 1
        assert any('RuntimeError: broken' in said for said in complaints(caplog, server))

    def test_the_history_goes_after_it(
            self, made: Any, server: Any, guest: Guest, migrate_data: Any,
            start_host: support.StartHost) -> None:
        histories = Histories()
        start_host('there-after', plugin(histories))
        Path(nova_log_path(server)).write_bytes(b'printed here')
        made._live_migration_operation(
            CONTEXT(), server, 'there-after', False, migrate_data, guest, [])
        made.post_live_migration(CONTEXT(), server, {}, migrate_data)
        assert histories.text() == b'printed here'

    def test_without_data_nothing_fails(self, made: Any, server: Any) -> None:
        made._nova_ext_moves._leaving[server.uuid] = None
        made.post_live_migration(CONTEXT(), server, {})
        assert server.uuid not in made._nova_ext_moves._leaving

    def test_a_destination_without_virtlogd_refuses_at_the_start(
            self, made: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(virtlogd, 'problem', lambda _: 'gone')
        with pytest.raises(nova_exception.MigrationPreCheckError, match=r'\(gone\)'):
            made.check_can_live_migrate_destination(CONTEXT(), server, {}, {})

    def test_nova_never_asks_that_serial_consoles_be_disabled(
            self, made: Any, stock: Any, ports: set[tuple[str, int]]) -> None:
        with pytest.raises(nova_exception.MigrationError):
            stock._verify_serial_console_is_disabled()
        made._verify_serial_console_is_disabled()
        assert ports == set()

    def test_ports_acquired_for_nothing_are_given_back_on_the_destination(
            self, made: Any, server: Any, define: Any, migrate_data: Any,
            ports: set[tuple[str, int]], monkeypatch: pytest.MonkeyPatch) -> None:
        def acquire(*_: Any) -> Any:
            migrate_data.serial_listen_addr = '127.0.0.1'
            migrate_data.serial_listen_ports = [serial.acquire_port('127.0.0.1')]
            return migrate_data

        monkeypatch.setattr(nova_driver.LibvirtDriver, 'pre_live_migration', acquire)
        monkeypatch.setattr(
            nova_driver.LibvirtDriver, 'post_live_migration_at_destination', lambda *_: None)
        assert made.pre_live_migration(CONTEXT(), server) is migrate_data
        assert len(ports) == 1
        define(server, domains.PTY, running=True)
        made.post_live_migration_at_destination(CONTEXT(), server)
        assert ports == set()

    def test_a_migration_that_is_rolled_back_is_forgotten(
            self, made: Any, server: Any, migrate_data: Any,
            monkeypatch: pytest.MonkeyPatch) -> None:
        rolled_back: list[Any] = []
        monkeypatch.setattr(
            nova_driver.LibvirtDriver, 'rollback_live_migration_at_destination',
            lambda _, *arguments: rolled_back.append(arguments))
        made._nova_ext_moves.expect(server, migrate_data)
        made.rollback_live_migration_at_destination('context', server, [], {})
        assert rolled_back == [('context', server, [], {})]
        assert made._nova_ext_moves._acquired == {}


class TestResize:
    def test_the_history_goes_after_nova_has_put_the_server_aside(
            self, made: Any, server: Any, new_move: NewMove, instances: Path,
            monkeypatch: pytest.MonkeyPatch) -> None:
        def put_aside(*_: Any, **__: Any) -> str:
            (instances / server.uuid).rename(instances / f'{server.uuid}_resize')
            (instances / server.uuid).mkdir()
            return 'disks'

        monkeypatch.setattr(nova_driver.LibvirtDriver, 'migrate_disk_and_power_off', put_aside)
        new_move(server, dest_compute='here')
        Path(nova_log_path(server)).write_bytes(b'printed')
        assert made.migrate_disk_and_power_off(CONTEXT(), server, 'here', None, []) == 'disks'
        assert files.read(nova_log_path(server)) == b'printed'

    def test_what_fails_does_not_keep_the_server(
            self, made: Any, server: Any, monkeypatch: pytest.MonkeyPatch,
            caplog: pytest.LogCaptureFixture) -> None:
        def fail(*_: Any) -> None:
            raise RuntimeError('broken')

        monkeypatch.setattr(nova_driver.LibvirtDriver, 'migrate_disk_and_power_off',
                            lambda *_: 'disks')
        monkeypatch.setattr(made._nova_ext_moves, 'resized_away', fail)
        assert made.migrate_disk_and_power_off(CONTEXT(), server, 'there', None, []) == 'disks'
        assert any('RuntimeError: broken' in said for said in complaints(caplog, server))

    @pytest.mark.parametrize(('state', 'sent'), [
        ('resize_reverting', b',printed after'), ('deleting', b'')])
    def test_before_nova_cleans_up_a_revert_what_was_printed_goes_back(
            self, state: str, sent: bytes, made: Any, server: Any, new_move: NewMove,
            instances: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def clean_up(*_: Any, **__: Any) -> None:
            history.remove(nova_log_path(server))

        monkeypatch.setattr(nova_driver.LibvirtDriver, 'cleanup', clean_up)
        server.task_state = state
        new_move(server, dest_compute='here', status='reverting')
        parked = instances / f'{server.uuid}_resize'
        parked.mkdir()
        (parked / 'console.log').write_bytes(b'before')
        Path(nova_log_path(server)).write_bytes(b',printed after')
        made.cleanup(CONTEXT(), server, [])
        assert (parked / 'console.log').read_bytes() == b'before' + sent
        assert not Path(nova_log_path(server)).exists()

    @pytest.mark.parametrize(('dest', 'left'), [('there', False), ('here', True)])
    def test_a_log_elsewhere_is_deleted_when_the_server_is_gone_for_good(
            self, dest: str, left: bool, made: Any, server: Any, new_move: NewMove,
            logs_elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        confirmed: list[Any] = []
        monkeypatch.setattr(nova_driver.LibvirtDriver, 'confirm_migration',
                            lambda _, *arguments: confirmed.append(arguments))
        log = logs_elsewhere / f'{server.name}-serial0.log'
        log.touch()
        move = new_move(server, dest_compute=dest)
        made.confirm_migration('context', move, server, [])
        assert confirmed == [('context', move, server, [])]
        assert log.exists() is left


@pytest.mark.parametrize(('state', 'left'), [
    ('deleting', False), (None, False), ('resize_reverting', True)])
def test_a_log_elsewhere_is_deleted_with_the_servers_files(
        state: Any, left: bool, made: Any, server: Any, logs_elsewhere: Path,
        instances: Path) -> None:
    server.task_state = state
    log = logs_elsewhere / f'{server.name}-serial0.log'
    files.make(log, b'a', b'b')
    assert made.delete_instance_files(server) is True
    assert log.exists() is left
    assert not (instances / server.uuid).exists()
