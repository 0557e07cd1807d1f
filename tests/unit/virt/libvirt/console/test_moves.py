# SPDX-License-Identifier: Apache-2.0
"""Guests that go and come, by Nova's own records, ports and message bus."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
from nova import exception as nova_exception
from nova.console import serial

from nova_ext.virt.libvirt.console import config, consoles, history, moves, sender, virtlogd
from tests.unit import support
from tests.unit.virt.libvirt.console import domains
from tests.unit.virt.libvirt.console import virtlogd_files as files
from tests.unit.virt.libvirt.console.conftest import NewMove, NewServer, nova_log_path
from tests.unit.virt.libvirt.console.peers import Histories, complaints, plugin

CONTEXT = support.admin


@pytest.fixture
def of_here(transport: Any, conf: Any, here: consoles.Consoles) -> moves.Moves:
    return moves.Moves(conf, here)


@pytest.fixture
def there() -> str:
    """The name of the host that servers go to."""
    return f'there-{uuid.uuid4().hex[:8]}'


@pytest.fixture
def histories(start_host: support.StartHost, there: str) -> Histories:
    """What comes to the host that servers go to."""
    histories = Histories()
    start_host(there, plugin(histories))
    return histories


@pytest.fixture
def migrate_data(nova_objects: Any) -> Any:
    """What Nova has found out about the destination, which has no serial ports."""
    return nova_objects.LibvirtLiveMigrateData(
        is_shared_instance_path=False, serial_listen_addr=None, serial_listen_ports=[])


@pytest.fixture
def ports() -> Iterator[set[tuple[str, int]]]:
    """The ports of which Nova keeps account."""
    serial.ALLOCATED_PORTS.clear()
    yield serial.ALLOCATED_PORTS
    serial.ALLOCATED_PORTS.clear()


def guest_of(domain: Any) -> Any:
    from nova.virt.libvirt import guest

    return guest.Guest(domain)


class Leaving:
    """A server of which the guest migrates away, with its console logged somewhere."""

    def __init__(self, of_here: moves.Moves, server: Any, define: Any, log: str) -> None:
        self.moves = of_here
        self.server = server
        Path(log).write_bytes(b'printed here')
        self.domain = define(server, domains.tcp(2, log=log), running=True)

    def leave(self, dest: str, migrate_data: Any) -> str:
        """The configuration that it migrates with."""
        guest = self.moves.leave(
            CONTEXT(), self.server, dest, migrate_data, guest_of(self.domain))
        return guest.get_xml_desc(dump_migratable=True)


@pytest.fixture
def leaving(of_here: moves.Moves, new_server: NewServer, define: Any) -> Leaving:
    server = new_server()
    return Leaving(of_here, server, define, nova_log_path(server))


class TestLiveMigrationAway:
    def test_the_history_goes_after_the_guest(
            self, leaving: Leaving, there: str, histories: Histories,
            migrate_data: Any) -> None:
        leaving.leave(there, migrate_data)
        assert histories.pieces == []
        leaving.moves.left(CONTEXT(), leaving.server, migrate_data)
        assert histories.text() == b'printed here'
        assert Path(nova_log_path(leaving.server)).exists()

    @pytest.mark.parametrize(('address', 'number'), [(None, 0), ('10.0.0.2', 2)])
    def test_the_guest_has_ports_where_there_are_ports(
            self, address: Optional[str], number: int, leaving: Leaving, there: str,
            migrate_data: Any) -> None:
        migrate_data.serial_listen_addr = address
        xml = leaving.leave(there, migrate_data)
        assert len(config.serial_ports(xml)) == number
        assert config.log_path(xml) == nova_log_path(leaving.server)

    def test_nobody_is_asked_where_hosts_log_as_nova_does(
            self, leaving: Leaving, there: str, histories: Histories,
            migrate_data: Any) -> None:
        leaving.leave(there, migrate_data)
        assert histories.asked == []

    def test_on_shared_storage_the_history_is_there_already(
            self, leaving: Leaving, there: str, histories: Histories,
            migrate_data: Any) -> None:
        migrate_data.is_shared_instance_path = True
        leaving.leave(there, migrate_data)
        leaving.moves.left(CONTEXT(), leaving.server, migrate_data)
        assert histories.pieces == []
        assert Path(nova_log_path(leaving.server)).read_bytes() == b'printed here'

    def test_a_guest_of_which_nothing_is_known_sends_nothing(
            self, of_here: moves.Moves, new_server: NewServer, migrate_data: Any,
            histories: Histories) -> None:
        of_here.left(CONTEXT(), new_server(), migrate_data)
        assert histories.pieces == []

    def test_it_is_sent_once(
            self, leaving: Leaving, there: str, histories: Histories,
            migrate_data: Any) -> None:
        leaving.leave(there, migrate_data)
        for _ in range(2):
            leaving.moves.left(CONTEXT(), leaving.server, migrate_data)
        assert len(histories.pieces) == 1

    @pytest.mark.parametrize('address', [None, '10.0.0.2', 'unknown'])
    def test_to_a_host_without_the_plugin_it_is_copied(
            self, address: Optional[str], leaving: Leaving, there: str, migrate_data: Any,
            start_host: support.StartHost, monkeypatch: pytest.MonkeyPatch) -> None:
        copied: list[Any] = []
        monkeypatch.setattr(sender, 'copy_over', lambda *copy: copied.append(copy))
        start_host(there)
        if address != 'unknown':
            migrate_data.target_connect_addr = address
        leaving.leave(there, migrate_data)
        leaving.moves.left(CONTEXT(), leaving.server, migrate_data)
        assert copied == [(b'printed here', nova_log_path(leaving.server),
                           '10.0.0.2' if address == '10.0.0.2' else there)]


class TestLiveMigrationFromALogElsewhere:
    @pytest.fixture
    def leaving(
            self, of_here: moves.Moves, new_server: NewServer, define: Any,
            logs_elsewhere: Path) -> Leaving:
        server = new_server()
        return Leaving(of_here, server, define, f'{logs_elsewhere}/{server.name}-serial0.log')

    def test_the_other_host_tells_where_it_logs(
            self, leaving: Leaving, there: str, histories: Histories,
            migrate_data: Any) -> None:
        xml = leaving.leave(there, migrate_data)
        assert config.log_path(xml) == '/there/console.log'
        assert histories.asked == [leaving.server.uuid]

    def test_a_host_without_the_plugin_logs_where_nova_does(
            self, leaving: Leaving, there: str, start_host: support.StartHost,
            migrate_data: Any, caplog: pytest.LogCaptureFixture) -> None:
        start_host(there)
        xml = leaving.leave(there, migrate_data)
        assert config.log_path(xml) == nova_log_path(leaving.server)
        assert complaints(caplog, leaving.server) == []

    def test_so_does_one_that_refuses_which_is_told(
            self, leaving: Leaving, there: str, histories: Histories, migrate_data: Any,
            caplog: pytest.LogCaptureFixture) -> None:
        def refuse() -> None:
            raise ValueError('it does not come here')

        histories.then = refuse
        xml = leaving.leave(there, migrate_data)
        assert config.log_path(xml) == nova_log_path(leaving.server)
        complaint, = complaints(caplog, leaving.server)
        assert 'it does not come here' in complaint

    @pytest.mark.parametrize('shared', [True, False])
    def test_it_is_sent_and_then_deleted_here(
            self, shared: bool, leaving: Leaving, there: str, histories: Histories,
            migrate_data: Any, logs_elsewhere: Path) -> None:
        migrate_data.is_shared_instance_path = shared
        leaving.leave(there, migrate_data)
        leaving.moves.left(CONTEXT(), leaving.server, migrate_data)
        assert histories.text() == b'printed here'
        assert list(logs_elsewhere.iterdir()) == []


class TestLiveMigrationHere:
    def test_a_host_where_virtlogd_answers_takes_guests(
            self, of_here: moves.Moves, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[Any] = []
        monkeypatch.setattr(virtlogd, 'problem', asked.append)
        of_here.check_destination()
        assert len(asked) == 1

    def test_one_where_it_does_not_refuses_them_with_the_reason(
            self, of_here: moves.Moves, configuration: Path) -> None:
        (configuration / 'qemu.conf').write_text('stdio_handler = "logd"\n')
        (configuration / 'libvirt-sock').touch()
        with pytest.raises(nova_exception.MigrationPreCheckError) as caught:
            of_here.check_destination()
        assert 'does not answer on host here (' in str(caught.value)
        assert 'No such file or directory' in str(caught.value)

    @pytest.mark.parametrize(('number', 'kept'), [(0, 0), (1, 1), (2, 2)])
    def test_ports_that_the_guest_does_not_use_are_given_back(
            self, number: int, kept: int, of_here: moves.Moves, new_server: NewServer,
            define: Any, migrate_data: Any, ports: set[tuple[str, int]]) -> None:
        server = new_server()
        acquired = [('127.0.0.1', 10000), ('127.0.0.1', 10001)]
        ports.update([*acquired, ('127.0.0.1', 10002)])
        migrate_data.serial_listen_addr = '127.0.0.1'
        migrate_data.serial_listen_ports = [10000, 10001]
        of_here.expect(server, migrate_data)
        assert len(ports) == 3
        define(server, domains.tcp(number) if number else domains.PTY, running=True)
        of_here.arrived(server)
        assert ports == {*acquired[:kept], ('127.0.0.1', 10002)}

    def test_where_nova_acquired_none_the_guest_is_not_looked_at(
            self, of_here: moves.Moves, migrate_data: Any) -> None:
        server = support.instance()
        of_here.expect(server, migrate_data)
        of_here.arrived(server)
        assert of_here._acquired == {}

    def test_of_a_guest_that_does_not_come_nova_gives_them_back(
            self, of_here: moves.Moves, migrate_data: Any, ports: set[tuple[str, int]]) -> None:
        server = support.instance()
        ports.add(('127.0.0.1', 10000))
        migrate_data.serial_listen_addr = '127.0.0.1'
        migrate_data.serial_listen_ports = [10000]
        of_here.expect(server, migrate_data)
        of_here.not_coming(server)
        of_here.arrived(server)
        assert ports == {('127.0.0.1', 10000)}


class TestResize:
    def test_the_history_goes_after_a_server_that_was_put_aside(
            self, of_here: moves.Moves, new_server: NewServer, new_move: NewMove, there: str,
            histories: Histories, instances: Path) -> None:
        server = new_server()
        new_move(server, dest_compute=there)
        files.make(Path(nova_log_path(server)), b'here', b'printed ')
        (instances / server.uuid).rename(instances / f'{server.uuid}_resize')
        of_here.resized_away(CONTEXT(), server)
        assert histories.text() == b'printed here'

    @pytest.mark.parametrize('status', ['pre-migrating', 'post-migrating', 'finished', 'error'])
    def test_without_a_migration_to_another_place_nothing_is_sent(
            self, status: str, of_here: moves.Moves, new_server: NewServer, new_move: NewMove,
            there: str, histories: Histories) -> None:
        server = new_server()
        new_move(server, dest_compute=there, status=status)
        Path(nova_log_path(server)).write_bytes(b'printed here')
        of_here.resized_away(CONTEXT(), server)
        assert histories.pieces == []

    def test_a_resize_on_one_host_keeps_the_history(
            self, of_here: moves.Moves, new_server: NewServer, new_move: NewMove,
            instances: Path) -> None:
        server = new_server()
        new_move(server, dest_compute='here')
        files.make(Path(nova_log_path(server)), b'here', b'printed ')
        (instances / server.uuid).rename(instances / f'{server.uuid}_resize')
        (instances / server.uuid).mkdir()
        of_here.resized_away(CONTEXT(), server)
        assert files.read(nova_log_path(server)) == b'printed here'

    def test_one_with_the_log_elsewhere_leaves_it_alone(
            self, of_here: moves.Moves, new_server: NewServer, new_move: NewMove,
            logs_elsewhere: Path) -> None:
        server = new_server()
        log = logs_elsewhere / f'{server.name}-serial0.log'
        log.write_bytes(b'printed here')
        new_move(server, dest_compute='here')
        of_here.resized_away(CONTEXT(), server)
        new_move(server, dest_compute='here', status='reverting')
        of_here.going_back(CONTEXT(), server)
        assert [log.read_bytes()] == [file.read_bytes() for file in logs_elsewhere.iterdir()]


class TestRevert:
    @pytest.fixture
    def server(self, new_server: NewServer, new_move: NewMove, there: str) -> Any:
        """A server that came here by a resize that is being reverted, with its history."""
        server = new_server(task_state='resize_reverting')
        new_move(server, source_compute=there, dest_compute='here', status='reverting')
        return server

    @pytest.mark.parametrize('moved', [False, True])
    def test_what_was_printed_here_goes_back_and_that_alone(
            self, moved: bool, of_here: moves.Moves, server: Any, histories: Histories) -> None:
        path = nova_log_path(server)
        Path(path).write_bytes(b'printed here')
        history.put_behind(path, b'printed there', 3)
        if moved:
            Path(f'{path}.0').rename(f'{path}.1')
            Path(path).rename(f'{path}.0')
            Path(path).write_bytes(b' too')
        of_here.going_back(CONTEXT(), server)
        assert histories.text() == b'printed here' + b' too' * moved

    def test_a_log_elsewhere_is_deleted_here(
            self, of_here: moves.Moves, server: Any, histories: Histories,
            logs_elsewhere: Path) -> None:
        log = logs_elsewhere / f'{server.name}-serial0.log'
        log.write_bytes(b'printed here')
        history.put_behind(str(log), b'printed there', 3)
        of_here.going_back(CONTEXT(), server)
        assert histories.text() == b'printed here'
        assert list(logs_elsewhere.iterdir()) == []

    def test_the_host_that_it_goes_back_to_sends_nothing(
            self, of_here: moves.Moves, new_server: NewServer, new_move: NewMove, there: str,
            histories: Histories) -> None:
        server = new_server()
        new_move(server, dest_compute=there, status='reverting')
        Path(nova_log_path(server)).write_bytes(b'printed here')
        of_here.going_back(CONTEXT(), server)
        assert histories.pieces == []
        assert files.read(nova_log_path(server)) == b'printed here'

    def test_on_one_host_it_is_added_to_what_was_put_aside(
            self, of_here: moves.Moves, new_server: NewServer, new_move: NewMove,
            instances: Path) -> None:
        server = new_server(task_state='resize_reverting')
        new_move(server, dest_compute='here', status='reverting')
        parked = instances / f'{server.uuid}_resize'
        parked.mkdir()
        (parked / 'console.log').write_bytes(b'before,')
        Path(nova_log_path(server)).write_bytes(b'after')
        history.put_behind(nova_log_path(server), b'before,', 3)
        of_here.going_back(CONTEXT(), server)
        assert (parked / 'console.log').read_bytes() == b'before,after'
