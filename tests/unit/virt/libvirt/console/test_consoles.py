# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import errno
import logging
import os
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nova import exception as nova_exception
from nova.console import serial

from nova_ext.virt.libvirt.console import config, consoles, privileged
from tests.unit import support
from tests.unit.virt.libvirt.console import domains
from tests.unit.virt.libvirt.console import virtlogd_files as files
from tests.unit.virt.libvirt.console.conftest import NewServer, nova_log_path
from tests.unit.virt.libvirt.console.peers import complaints


@pytest.fixture
def server(new_server: NewServer) -> Any:
    return new_server()


@pytest.fixture
def ports(conf: Any) -> Iterator[set[tuple[str, int]]]:
    """The ports of which Nova keeps account, because it gives guests some."""
    conf.set_override('enabled', True, 'serial_console')
    serial.ALLOCATED_PORTS.clear()
    yield serial.ALLOCATED_PORTS
    serial.ALLOCATED_PORTS.clear()


class TestWhereTheLogIs:
    def test_where_nova_has_it(self, here: consoles.Consoles, server: Any) -> None:
        assert here.get_log_path(server) == nova_log_path(server)
        assert not here.is_elsewhere(server)

    def test_in_the_directory_that_is_configured(
            self, here: consoles.Consoles, server: Any, logs_elsewhere: Path) -> None:
        assert here.get_log_path(server) == f'{logs_elsewhere}/{server.name}-serial0.log'
        assert here.is_elsewhere(server)

    def test_where_nova_has_it_if_that_directory_is_not_there(
            self, here: consoles.Consoles, server: Any, logs_elsewhere: Path) -> None:
        logs_elsewhere.rmdir()
        assert here.get_log_path(server) == nova_log_path(server)

    @pytest.mark.parametrize('running', [True, False])
    def test_where_the_guest_was_started_with_it(
            self, running: bool, here: consoles.Consoles, server: Any, define: Any,
            logs_elsewhere: Path) -> None:
        define(server, domains.tcp(log='/before/log'), running=running)
        assert here.get_current_log_path(server) == '/before/log'

    @pytest.mark.parametrize('devices', [None, ''])
    def test_without_a_guest_or_a_log_in_it_where_it_would_be(
            self, devices: Any, here: consoles.Consoles, server: Any, define: Any) -> None:
        if devices is not None:
            define(server, devices)
        assert here.get_current_log_path(server) == nova_log_path(server)

    def test_its_ports_are_those_of_the_guest(
            self, here: consoles.Consoles, server: Any, define: Any) -> None:
        define(server, domains.tcp(2))
        assert here.get_ports(server) == [('127.0.0.1', 10000), ('127.0.0.1', 10001)]


class TestOutput:
    def test_the_newest_is_returned_over_all_files(
            self, here: consoles.Consoles, server: Any) -> None:
        files.make(Path(nova_log_path(server)), b'new', b'older,', b'oldest,')
        assert here.get_output(server, 100) == b'oldest,older,new'
        assert here.get_output(server, 5) == b'r,new'

    @pytest.mark.parametrize('gone', ['log', 'directory'])
    def test_without_a_log_it_is_empty(
            self, gone: str, here: consoles.Consoles, server: Any, instances: Path) -> None:
        if gone == 'directory':
            (instances / server.uuid).rmdir()
        assert here.get_output(server, 100) == b''

    @pytest.mark.parametrize('state', ['migrating', 'resize_migrated', 'resize_reverting'])
    def test_while_it_is_on_its_way_that_is_said(
            self, state: str, here: consoles.Consoles, server: Any, instances: Path) -> None:
        server.task_state = state
        (instances / server.uuid).rmdir()
        with pytest.raises(nova_exception.ConsoleNotAvailable, match='on its way'):
            here.get_output(server, 100)

    def test_one_that_cannot_be_read_is_an_error_that_says_why(
            self, here: consoles.Consoles, server: Any,
            caplog: pytest.LogCaptureFixture) -> None:
        os.mkfifo(nova_log_path(server))
        with pytest.raises(nova_exception.ConsoleNotAvailable) as caught:
            here.get_output(server, 100)
        assert str(caught.value) == (
            f'The console log of server {server.uuid} cannot be read on its host: '
            'Not a regular file.')
        complaint, = complaints(caplog, server)
        assert nova_log_path(server) in complaint

    def test_the_caller_is_not_told_the_path(
            self, here: consoles.Consoles, server: Any,
            monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(path: str, *_: Any, **__: Any) -> None:
            raise PermissionError(errno.EACCES, 'Permission denied', path)

        monkeypatch.setattr(privileged, 'read_log', fail)
        with pytest.raises(nova_exception.ConsoleNotAvailable, match='Permission denied') as why:
            here.get_output(server, 100)
        assert nova_log_path(server) not in str(why.value)


class TestForget:
    def test_a_log_elsewhere_goes_with_its_rotated_files(
            self, here: consoles.Consoles, server: Any, logs_elsewhere: Path) -> None:
        files.make(Path(here.get_log_path(server)), b'a', b'b', b'c')
        (logs_elsewhere / 'another-serial0.log').touch()
        here.forget(server)
        assert [file.name for file in logs_elsewhere.iterdir()] == ['another-serial0.log']

    def test_one_in_the_servers_directory_is_left_to_nova(
            self, here: consoles.Consoles, server: Any) -> None:
        Path(nova_log_path(server)).write_bytes(b'a')
        here.forget(server)
        assert files.read(nova_log_path(server)) == b'a'

    def test_one_that_cannot_be_deleted_is_told(
            self, here: consoles.Consoles, server: Any, logs_elsewhere: Path,
            caplog: pytest.LogCaptureFixture) -> None:
        Path(here.get_log_path(server)).mkdir()
        here.forget(server)
        complaint, = complaints(caplog, server)
        assert f'{here.get_log_path(server)} is left behind' in complaint


class TestRefreshSaved:
    @pytest.fixture
    def saved(self, tmp_path: Path) -> Path:
        path = tmp_path / 'unrescue.xml'
        path.write_text(domains.domain(domains.tcp(2)), encoding='utf-8')
        return path

    def test_it_gets_ports_that_are_free_now(
            self, here: consoles.Consoles, server: Any, saved: Path,
            ports: set[tuple[str, int]]) -> None:
        ports.update({('127.0.0.1', 10000), ('127.0.0.1', 10001)})
        here.refresh_saved(server, str(saved))
        got = config.serial_ports(saved.read_text(encoding='utf-8'))
        assert len(set(got)) == 2
        assert set(got).isdisjoint({('127.0.0.1', 10000), ('127.0.0.1', 10001)})
        assert ports.issuperset(got)
        assert 'append="on"' in saved.read_text(encoding='utf-8')
        assert 'ein Sërver' in saved.read_text(encoding='utf-8')

    def test_it_keeps_those_that_it_had_where_nova_gives_none(
            self, here: consoles.Consoles, server: Any, saved: Path) -> None:
        here.refresh_saved(server, str(saved))
        assert config.serial_ports(saved.read_text(encoding='utf-8')) == [
            ('127.0.0.1', 10000), ('127.0.0.1', 10001)]
        assert serial.ALLOCATED_PORTS == set()

    @pytest.mark.parametrize('failure', ['no port', 'no space', 'no xml'])
    def test_what_fails_leaves_it_and_the_ports_as_they_were_and_is_told(
            self, failure: str, here: consoles.Consoles, server: Any, saved: Path, conf: Any,
            ports: set[tuple[str, int]], monkeypatch: pytest.MonkeyPatch,
            caplog: pytest.LogCaptureFixture) -> None:
        if failure == 'no port':
            conf.set_override('port_range', '39871:39872', 'serial_console')
        elif failure == 'no space':
            Path(f'{saved}.new').mkdir()
        else:
            saved.write_text('<domain>', encoding='utf-8')
        before = saved.read_bytes()
        here.refresh_saved(server, str(saved))
        assert (saved.read_bytes(), ports) == (before, set())
        assert any('is used as it was saved' in said for said in complaints(caplog, server))

    def test_one_that_is_not_there_is_told(
            self, here: consoles.Consoles, server: Any, tmp_path: Path,
            caplog: pytest.LogCaptureFixture) -> None:
        here.refresh_saved(server, str(tmp_path / 'gone.xml'))
        assert 'FileNotFoundError' in complaints(caplog, server)[0]


class TestRequirements:
    def said(self, conf: Any, libvirt: int, qemu: int, caplog: pytest.LogCaptureFixture
             ) -> list[tuple[int, str]]:
        """What is logged at the start, with its level."""
        connection = types.SimpleNamespace(
            getLibVersion=lambda: libvirt, getVersion=lambda: qemu)
        host = types.SimpleNamespace(get_connection=lambda: connection)
        with caplog.at_level(logging.INFO):
            consoles.Consoles(host, conf, nova_log_path).log_requirements()
        return [(record.levelno, record.getMessage()) for record in caplog.records]

    def test_on_a_good_host_each_is_told_in_a_line(
            self, conf: Any, caplog: pytest.LogCaptureFixture) -> None:
        assert self.said(conf, 9_000_000, 7_002_000, caplog) == [
            (logging.INFO, 'libvirt 9.0.0 can have consoles logged by virtlogd'),
            (logging.INFO, 'QEMU 7.2.0 can have consoles logged by virtlogd'),
            (logging.INFO,
             'virtlogd keeps 2097152 bytes and 3 older files of each console log')]

    @pytest.mark.parametrize(('libvirt', 'qemu', 'told'), [
        (1_003_002, 2_007_000, 'libvirt 1.3.2 cannot have consoles logged by virtlogd; '
                               'it takes 1.3.3'),
        (1_003_003, 2_006_099, 'QEMU 2.6.99 cannot have consoles logged by virtlogd; '
                               'it takes 2.7.0')])
    def test_what_is_too_old_is_an_error(
            self, libvirt: int, qemu: int, told: str, conf: Any,
            caplog: pytest.LogCaptureFixture) -> None:
        said = self.said(conf, libvirt, qemu, caplog)
        assert [message for level, message in said if level == logging.ERROR] == [told]

    def test_a_virtlogd_that_does_not_answer_is_an_error(
            self, conf: Any, configuration: Path, caplog: pytest.LogCaptureFixture) -> None:
        (configuration / 'qemu.conf').write_text('#\n')
        (configuration / 'libvirt-sock').touch()
        level, message = self.said(conf, 9_000_000, 7_002_000, caplog)[-1]
        assert level == logging.ERROR
        assert 'virtlogd does not answer' in message and 'virtlogd.socket' in message

    def test_logs_without_a_limit_are_warned_of(
            self, conf: Any, configuration: Path, caplog: pytest.LogCaptureFixture) -> None:
        (configuration / 'qemu.conf').write_text('stdio_handler = "file"\n')
        level, message = self.said(conf, 9_000_000, 7_002_000, caplog)[-1]
        assert level == logging.WARNING
        assert message.startswith('stdio_handler = "file" in ')

    def test_a_directory_that_is_not_there_is_an_error(
            self, conf: Any, logs_elsewhere: Path, caplog: pytest.LogCaptureFixture) -> None:
        logs_elsewhere.rmdir()
        level, message = self.said(conf, 9_000_000, 7_002_000, caplog)[-1]
        assert level == logging.ERROR
        assert f'console_log_directory {logs_elsewhere} is not there' in message


@pytest.mark.parametrize(('virt_type', 'logged'), [
    ('kvm', True), ('qemu', True), ('lxc', False), ('parallels', False)])
def test_virtlogd_logs_where_qemu_runs_the_guests(
        virt_type: str, logged: bool, here: consoles.Consoles, conf: Any) -> None:
    conf.set_override('virt_type', virt_type, 'libvirt')
    assert here.are_logged is logged


def test_the_host_is_real_enough(here: consoles.Consoles) -> None:
    with pytest.raises(nova_exception.InstanceNotFound):
        here.get_ports(support.instance())
