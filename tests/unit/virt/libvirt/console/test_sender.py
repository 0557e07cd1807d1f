# SPDX-License-Identifier: Apache-2.0
"""Histories on their way, over a real message bus inside this process."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
from nova.virt.libvirt import utils as libvirt_utils

from nova_ext.virt.libvirt.console import consoles, privileged, receiver, sender
from tests.unit import support
from tests.unit.virt.libvirt.console import virtlogd_files as files
from tests.unit.virt.libvirt.console.conftest import NewMove, NewServer, configured, nova_log_path
from tests.unit.virt.libvirt.console.peers import Histories, complaints, plugin


@pytest.fixture
def there() -> str:
    """The name of the host that servers go to."""
    return f'there-{uuid.uuid4().hex[:8]}'


@pytest.fixture
def sending(transport: Any, here: consoles.Consoles, conf: Any) -> sender.Sender:
    return sender.Sender(conf, receiver.Receiver(conf, here))


@pytest.fixture
def server() -> Any:
    return support.instance()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / 'console.log'
    files.make(path, b'new', b'older,', b'oldest,')
    return path


@pytest.fixture
def histories(start_host: support.StartHost, there: str) -> Histories:
    """What comes to the host that servers go to."""
    histories = Histories()
    start_host(there, plugin(histories))
    return histories


def test_a_log_goes_with_its_server(
        sending: sender.Sender, server: Any, log: Path, histories: Histories, there: str,
        caplog: pytest.LogCaptureFixture) -> None:
    sending.send(support.context(), server, there, str(log))
    assert histories.text() == b'oldest,older,new'
    assert [identity for identity, _ in histories.pieces] == [server.uuid]
    assert complaints(caplog, server) == []


def test_as_much_goes_as_is_configured_in_pieces_that_any_host_takes(
        sending: sender.Sender, server: Any, log: Path, histories: Histories, there: str,
        conf: Any) -> None:
    size = receiver.PIECE * 2 + 7
    conf.set_override('console_history_bytes', size, 'nova_ext')
    files.make(log, files.text(0, 900_000), files.text(0, 900_000))
    sending.send(support.context(), server, there, str(log))
    assert histories.text() == files.read(log, size)
    pieces = [piece for _, piece in histories.pieces]
    assert [(piece['number'], piece['total']) for piece in pieces] == [(0, 3), (1, 3), (2, 3)]
    assert {piece['transfer'] for piece in pieces} == {pieces[0]['transfer']}
    assert uuid.UUID(pieces[0]['transfer'])


def test_each_transfer_has_a_name_of_its_own(
        sending: sender.Sender, server: Any, log: Path, histories: Histories,
        there: str) -> None:
    for _ in range(2):
        sending.send(support.context(), server, there, str(log))
    one, other = (piece['transfer'] for _, piece in histories.pieces)
    assert one != other


def test_what_came_with_the_server_before_may_be_left_out(
        sending: sender.Sender, server: Any, log: Path, histories: Histories,
        there: str) -> None:
    sending.send(support.context(), server, there, str(log), without=f'{log}.1')
    assert histories.text() == b'older,new'


@pytest.mark.parametrize('gone', ['log', 'directory', 'text'])
def test_where_there_is_nothing_nothing_is_sent_or_said(
        gone: str, sending: sender.Sender, server: Any, log: Path, histories: Histories,
        there: str, caplog: pytest.LogCaptureFixture) -> None:
    for number in ('', '.0', '.1'):
        Path(f'{log}{number}').unlink()
    if gone == 'text':
        log.touch()
    path = log.parent / 'gone/console.log' if gone == 'directory' else log
    sending.send(support.context(), server, there, str(path))
    assert (histories.pieces, complaints(caplog, server)) == ([], [])


def test_nothing_is_sent_where_none_is_wanted(
        sending: sender.Sender, server: Any, log: Path, histories: Histories, there: str,
        conf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    conf.set_override('console_history_bytes', 0, 'nova_ext')
    monkeypatch.setattr(privileged, 'read_log', lambda *_, **__: pytest.fail('it is read'))
    sending.send(support.context(), server, there, str(log))
    assert histories.pieces == []


class TestWhatFails:
    @pytest.fixture(autouse=True)
    def short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sender, 'TIME', 0.3)

    @pytest.fixture
    def hang(self) -> Iterator[Callable[[], None]]:
        """Does not come back before the test is over."""
        over = threading.Event()

        def hang() -> None:
            over.wait(10)

        yield hang
        over.set()

    def test_a_host_that_is_silent_is_not_waited_for(
            self, here: consoles.Consoles, conf: Any, server: Any, log: Path, there: str,
            transport: Any, caplog: pytest.LogCaptureFixture) -> None:
        sending = sender.Sender(conf, receiver.Receiver(conf, here))
        began = time.monotonic()
        sending.send(support.context(), server, there, str(log))
        assert time.monotonic() - began < 1
        complaint, *_ = complaints(caplog, server)
        assert f'with the server to {there}' in complaint

    def test_a_host_that_hangs_is_not_waited_for(
            self, sending: sender.Sender, server: Any, log: Path, histories: Histories,
            there: str, hang: Callable[[], None], caplog: pytest.LogCaptureFixture) -> None:
        histories.then = hang
        began = time.monotonic()
        sending.send(support.context(), server, there, str(log))
        assert time.monotonic() - began < 1
        complaint, *_ = complaints(caplog, server)
        assert 'within 0.3 s' in complaint
        assert histories.text() == b'oldest,older,new'

    def test_a_file_that_cannot_be_read_in_time_is_not_waited_for(
            self, sending: sender.Sender, server: Any, log: Path, there: str,
            hang: Callable[[], None], monkeypatch: pytest.MonkeyPatch,
            caplog: pytest.LogCaptureFixture) -> None:
        monkeypatch.setattr(privileged, 'read_log', lambda *_, **__: hang())
        began = time.monotonic()
        sending.send(support.context(), server, there, str(log))
        assert time.monotonic() - began < 1
        complaint, = complaints(caplog, server)
        assert 'within 0.3 s; nothing waits for it any longer' in complaint

    def test_what_fails_when_nobody_waits_any_longer_is_told_too(
            self, sending: sender.Sender, server: Any, log: Path, there: str,
            monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        over = threading.Event()

        def fail_late(*_: Any, **__: Any) -> None:
            over.wait(10)
            raise OSError('the disk is broken')

        monkeypatch.setattr(privileged, 'read_log', fail_late)
        sending.send(support.context(), server, there, str(log))
        assert len(complaints(caplog, server)) == 1
        over.set()
        assert support.eventually(lambda: len(complaints(caplog, server)) == 2)
        assert complaints(caplog, server)[1].endswith('OSError: the disk is broken')

    def test_a_refusal_is_told_with_its_reason(
            self, sending: sender.Sender, server: Any, log: Path, histories: Histories,
            there: str, caplog: pytest.LogCaptureFixture) -> None:
        def refuse() -> None:
            raise ValueError('it does not come here')

        histories.then = refuse
        sending.send(support.context(), server, there, str(log))
        complaint, = complaints(caplog, server)
        assert 'ValueError' in complaint
        assert 'it does not come here' in complaint

    def test_a_log_that_cannot_be_read_is_told_with_its_reason(
            self, sending: sender.Sender, server: Any, log: Path, histories: Histories,
            there: str, caplog: pytest.LogCaptureFixture) -> None:
        log.unlink()
        log.mkdir()
        sending.send(support.context(), server, there, str(log))
        complaint, = complaints(caplog, server)
        assert 'Not a regular file' in complaint
        assert histories.pieces == []


class TestHostWithoutThePlugin:
    @pytest.mark.parametrize('has_way', [True, False])
    def test_the_history_goes_another_way_if_there_is_one(
            self, has_way: bool, sending: sender.Sender, server: Any, log: Path, there: str,
            start_host: support.StartHost, caplog: pytest.LogCaptureFixture) -> None:
        start_host(there)
        taken: list[bytes] = []
        way: Optional[Callable[[bytes], None]] = taken.append if has_way else None
        sending.send(support.context(), server, there, str(log), otherwise=way)
        assert taken == [b'oldest,older,new'] * has_way
        assert complaints(caplog, server) == []

    def test_the_other_way_is_not_gone_where_the_plugin_is(
            self, sending: sender.Sender, server: Any, log: Path, histories: Histories,
            there: str) -> None:
        sending.send(support.context(), server, there, str(log),
                     otherwise=lambda _: pytest.fail('it went there'))
        assert histories.text() == b'oldest,older,new'

    def test_a_way_that_fails_is_told(
            self, sending: sender.Sender, server: Any, log: Path, there: str,
            start_host: support.StartHost, caplog: pytest.LogCaptureFixture) -> None:
        def fail(_: bytes) -> None:
            raise RuntimeError('no ssh')

        start_host(there)
        sending.send(support.context(), server, there, str(log), otherwise=fail)
        complaint, = complaints(caplog, server)
        assert 'RuntimeError: no ssh' in complaint

    def test_it_is_put_there_as_nova_copies_disks(
            self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        copied: list[tuple[bytes, str, str]] = []

        def copy(source: str, destination: str, host: str) -> None:
            copied.append((Path(source).read_bytes(), destination, host))

        monkeypatch.setattr(libvirt_utils, 'copy_image', copy)
        sender.copy_over(b'history', '/instances/uuid/console.log', '10.0.0.2')
        assert copied == [(b'history', '/instances/uuid/console.log.0', '10.0.0.2')]


def test_a_resize_on_one_host_needs_no_message(
        sending: sender.Sender, new_server: NewServer, new_move: NewMove, log: Path) -> None:
    server = new_server()
    new_move(server, dest_compute='here')
    Path(nova_log_path(server)).write_bytes(b',printed after')
    sending.send(support.admin(), server, 'here', str(log))
    assert files.read(nova_log_path(server)) == b'oldest,older,new,printed after'


def test_a_real_receiver_takes_what_a_real_sender_sends(
        sending: sender.Sender, new_server: NewServer, new_move: NewMove, log: Path,
        there: str, start_host: support.StartHost, connection: Any, conf: Any, tmp_path: Path,
        caplog: pytest.LogCaptureFixture) -> None:
    server = new_server()
    new_move(server, dest_compute=there, status='running')
    path = tmp_path / 'there.log'
    other = configured(conf, there)
    start_host(there, plugin(receiver.Receiver(other, consoles.Consoles(
        support.Host(connection), other, lambda _: str(path)))))
    files.make(log, files.text(0, 700_000), files.text(0, 700_000))
    sending.send(support.admin(), server, there, str(log))
    assert files.read(path) == files.read(log, conf.nova_ext.console_history_bytes)
    assert complaints(caplog, server) == []
