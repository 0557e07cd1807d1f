# SPDX-License-Identifier: Apache-2.0
"""What another host sends, against Nova's own records and files."""

from __future__ import annotations

import base64
import errno
import logging
import random
import threading
import types
import uuid
import zlib
from pathlib import Path
from typing import Any, Optional

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_ext.virt.libvirt.console import consoles, history, privileged, receiver
from tests.unit import support
from tests.unit.virt.libvirt.console import domains
from tests.unit.virt.libvirt.console import virtlogd_files as files
from tests.unit.virt.libvirt.console.conftest import NewMove, NewServer, nova_log_path

CONTEXT = support.admin


def encoded(piece: bytes) -> str:
    return base64.b64encode(zlib.compress(piece)).decode()


def log_of(server: Any) -> Path:
    return Path(nova_log_path(server))


class Sending:
    """A host that sends a history, piece by piece as it is told."""

    def __init__(self, to: receiver.Receiver, server: Any, *pieces: bytes) -> None:
        self.to = to
        self.server = server
        self.pieces = pieces
        self.transfer = str(uuid.uuid4())

    def send(self, *numbers: int) -> list[bool]:
        """Send some pieces; all of them where it is not said which."""
        return [
            self.to.add(
                CONTEXT(), self.server.uuid, transfer=self.transfer, number=number,
                total=len(self.pieces), data=encoded(self.pieces[number]))
            for number in numbers or range(len(self.pieces))]


@pytest.fixture
def received(conf: Any, here: consoles.Consoles) -> receiver.Receiver:
    return receiver.Receiver(conf, here)


@pytest.fixture
def server(new_server: NewServer, new_move: NewMove) -> Any:
    """A server that is on its way to this host."""
    server = new_server(host='there')
    new_move(server, source_compute='there', dest_compute='here', status='running')
    return server


@pytest.fixture
def many(conf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to 100 pieces of 10 bytes."""
    monkeypatch.setattr(receiver, 'PIECE', 10)
    conf.set_override('console_history_bytes', 1000, 'nova_ext')


class TestWhatIsTaken:
    def test_a_history_goes_behind_the_log_that_the_guest_writes(
            self, received: receiver.Receiver, server: Any) -> None:
        log_of(server).write_bytes(b'printed here')
        sending = Sending(received, server, b'printed ', b'there,')
        assert sending.send() == [False, True]
        assert files.read(log_of(server)) == b'printed there,printed here'

    def test_in_one_piece_it_may_be_as_long_as_the_limit(
            self, received: receiver.Receiver, server: Any, conf: Any) -> None:
        conf.set_override('console_history_bytes', receiver.PIECE, 'nova_ext')
        text = random.Random(0).randbytes(receiver.PIECE)
        assert Sending(received, server, text).send() == [True]
        assert files.read(log_of(server)) == text

    def test_of_more_than_the_limit_the_newest_is_kept(
            self, received: receiver.Receiver, server: Any, conf: Any) -> None:
        conf.set_override('console_history_bytes', receiver.PIECE + 5, 'nova_ext')
        sending = Sending(received, server, b'o' * receiver.PIECE, b'n' * receiver.PIECE)
        assert sending.send() == [False, True]
        assert files.read(log_of(server)) == b'o' * 5 + b'n' * receiver.PIECE

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
    @given(st.data())
    def test_pieces_may_come_in_any_order_and_again(
            self, received: receiver.Receiver, server: Any, many: None,
            data: st.DataObject) -> None:
        pieces = data.draw(st.lists(st.binary(max_size=10), min_size=1, max_size=6))
        order = data.draw(st.permutations(range(len(pieces))))
        again = data.draw(st.lists(st.sampled_from(range(len(pieces)))))
        history.remove(str(log_of(server)))
        sending = Sending(received, server, *pieces)
        answers = []
        for number in order:
            answers += sending.send(number)
            answers += [sent for other in again if other == number
                        for sent in sending.send(other)]
        assert answers[-1] is True
        assert answers == sorted(answers)
        assert files.read(log_of(server)) == b''.join(pieces)

    def test_a_late_piece_does_nothing_even_when_the_files_are_gone(
            self, received: receiver.Receiver, server: Any) -> None:
        sending = Sending(received, server, b'one,', b'two')
        sending.send()
        history.remove(str(log_of(server)))
        assert sending.send(1, 0, 1) == [True, True, True]
        assert list(log_of(server).parent.iterdir()) == []

    def test_histories_of_several_servers_do_not_mix(
            self, received: receiver.Receiver, new_server: NewServer) -> None:
        several = [Sending(received, new_server(), b'%d,' % number, b'end of %d' % number)
                   for number in range(5)]
        for number in (1, 0):
            assert [sending.send(number) for sending in several] == [[number == 0]] * 5
        assert [files.read(log_of(sending.server)) for sending in several] == [
            b'%d,end of %d' % (number, number) for number in range(5)]

    def test_two_transfers_of_one_server_do_not_mix(
            self, received: receiver.Receiver, server: Any) -> None:
        one, other = (Sending(received, server, b'%d,' % number, b'end of %d,' % number)
                      for number in range(2))
        assert one.send(0) + other.send(1) + other.send(0) + one.send(1) == [
            False, False, True, True]
        assert files.read(log_of(server)) == b'0,end of 0,1,end of 1,'

    def test_pieces_that_disagree_on_their_number_do_not_make_a_whole(
            self, received: receiver.Receiver, server: Any, many: None) -> None:
        transfer = str(uuid.uuid4())
        for number, total in ((0, 3), (1, 2), (4, 5)):
            assert not received.add(
                CONTEXT(), server.uuid, transfer=transfer, number=number, total=total,
                data=encoded(b'x'))
        assert files.read(log_of(server)) == b''

    def test_pieces_that_come_at_once_are_put_together_once(
            self, received: receiver.Receiver, server: Any, many: None) -> None:
        pieces = [b'%9d,' % number for number in range(8)]
        sending = Sending(received, server, *pieces)
        ready = threading.Barrier(len(pieces))

        def send(number: int) -> None:
            ready.wait()
            sending.send(number)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sending.send(0) == [True]
        assert files.read(log_of(server)) == b''.join(pieces)

    def test_behind_all_that_is_kept_there_is_no_place_and_that_is_said(
            self, received: receiver.Receiver, server: Any, configuration: Path,
            caplog: pytest.LogCaptureFixture) -> None:
        (configuration / 'virtlogd.conf').write_text('max_backups = 1\n')
        whole = files.make(log_of(server), b'new', b'old')
        with caplog.at_level(logging.INFO):
            assert Sending(received, server, b'history').send() == [True]
        assert files.read(log_of(server)) == whole
        assert 'is older than all that virtlogd keeps' in caplog.text
        assert getattr(caplog.records[-1], 'instance', None) is server or (
            server.uuid in str(vars(caplog.records[-1])))

    def test_it_goes_behind_the_log_that_the_domain_names(
            self, received: receiver.Receiver, server: Any, define: Any, tmp_path: Path) -> None:
        named = tmp_path / 'named.log'
        named.write_bytes(b'printed here')
        define(server, domains.tcp(log=str(named)), running=True)
        Sending(received, server, b'printed there,').send()
        assert files.read(named) == b'printed there,printed here'
        assert files.read(log_of(server)) == b''

    def test_a_disk_that_is_full_is_an_error_for_the_sender(
            self, received: receiver.Receiver, server: Any,
            monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise OSError(errno.ENOSPC, 'No space left on device')

        monkeypatch.setattr(privileged, 'put_behind_log', fail)
        with pytest.raises(OSError, match='No space left'):
            Sending(received, server, b'history').send()


class TestServersThatComeBack:
    @pytest.fixture
    def server(self, new_server: NewServer, new_move: NewMove) -> Any:
        """A server whose resize from this host is being reverted."""
        server = new_server(host='there', task_state='resize_reverting')
        new_move(server, status='reverting')
        return server

    def test_what_they_printed_elsewhere_comes_after_what_they_printed_here(
            self, received: receiver.Receiver, server: Any, instances: Path) -> None:
        (instances / server.uuid).rename(instances / f'{server.uuid}_resize')
        parked = instances / f'{server.uuid}_resize/console.log'
        parked.write_bytes(b'here,')
        assert Sending(received, server, b'there,', b'also there').send() == [False, True]
        assert parked.read_bytes() == b'here,there,also there'

    def test_their_log_may_be_outside_their_directory(
            self, received: receiver.Receiver, server: Any, logs_elsewhere: Path) -> None:
        log = logs_elsewhere / f'{server.name}-serial0.log'
        log.write_bytes(b'here,')
        Sending(received, server, b'there').send()
        assert log.read_bytes() == b'here,there'

    def test_a_resize_on_one_host_is_undone_the_same_way(
            self, received: receiver.Receiver, new_server: NewServer, new_move: NewMove,
            instances: Path) -> None:
        server = new_server(task_state='resize_reverting')
        new_move(server, status='reverting', dest_compute='here')
        parked = instances / f'{server.uuid}_resize'
        parked.mkdir()
        (parked / 'console.log').write_bytes(b'before,')
        Sending(received, server, b'after').send()
        assert (parked / 'console.log').read_bytes() == b'before,after'


def refused(to: receiver.Receiver, server: Any, **values: Any) -> str:
    """Why a piece is refused."""
    piece: dict[str, Any] = {
        'instance_uuid': server.uuid, 'transfer': str(uuid.uuid4()), 'number': 0, 'total': 1,
        'data': encoded(b'piece'), **values}
    with pytest.raises(ValueError) as caught:
        to.add(CONTEXT(), piece.pop('instance_uuid'), **piece)
    assert files.read(log_of(server)) == b''
    assert to._coming == {}
    return str(caught.value)


class TestWhatIsRefused:
    def test_a_server_that_nova_does_not_know(
            self, received: receiver.Receiver, server: Any) -> None:
        foreign = str(uuid.uuid4())
        assert f'there is no server {foreign}' in refused(
            received, server, instance_uuid=foreign)
        with pytest.raises(ValueError, match='there is no server'):
            received.get_log_path(CONTEXT(), foreign)

    @pytest.mark.parametrize('moves', [
        [], [{'dest_compute': 'elsewhere', 'status': 'running'}],
        *([{'dest_compute': 'here', 'status': status}] for status in (
            'completed', 'done', 'error', 'failed', 'cancelled', 'confirmed', 'reverted'))])
    def test_a_server_that_does_not_come_here(
            self, moves: list[dict[str, str]], received: receiver.Receiver,
            new_server: NewServer, new_move: NewMove) -> None:
        server = new_server(host='there')
        for move in moves:
            new_move(server, source_compute='there', **move)
        assert 'is neither on here nor on its way to it' in refused(received, server)
        with pytest.raises(ValueError, match='neither'):
            received.get_log_path(CONTEXT(), server.uuid)

    @pytest.mark.parametrize('identity', [
        'x', '', '../../etc/passwd', '123', '0' * 31])
    def test_what_is_no_uuid(
            self, identity: str, received: receiver.Receiver, server: Any) -> None:
        assert 'badly formed' in refused(received, server, instance_uuid=identity)
        assert 'badly formed' in refused(received, server, transfer=identity)

    @pytest.mark.parametrize(('number', 'total'), [
        (0, 3), (2, 3), (2, 2), (1, 1), (-1, 1), (0, 0), (0, -1), (10**9, 10**9 + 1)])
    def test_more_pieces_than_make_the_limit(
            self, number: int, total: int, received: receiver.Receiver, server: Any) -> None:
        assert refused(received, server, number=number, total=total) == (
            f'piece {number} of {total}; this host takes at most 2')

    def test_anything_where_no_history_is_wanted(
            self, received: receiver.Receiver, server: Any, conf: Any) -> None:
        conf.set_override('console_history_bytes', 0, 'nova_ext')
        assert 'this host takes at most 0' in refused(received, server)

    @pytest.mark.parametrize('data', [
        '*', 'é', 'YQ', 'YQ==', '', encoded(b'piece')[:-8], None, 7,
        base64.b64encode(zlib.compress(b'piece')[:-1]).decode(),
        base64.b64encode(b'x' + zlib.compress(b'piece')).decode(),
        base64.b64encode(zlib.compress(b'piece')[:-4] + b'0000').decode()])
    def test_what_cannot_be_read(
            self, data: Any, received: receiver.Receiver, server: Any) -> None:
        assert 'the piece' in refused(received, server, data=data) or data == 'é'

    def test_a_piece_that_is_longer_than_a_piece(
            self, received: receiver.Receiver, server: Any) -> None:
        long = encoded(b'x' * (receiver.PIECE + 1))
        assert f'longer than {receiver.PIECE} bytes' in refused(received, server, data=long)

    def test_a_piece_that_would_fill_the_memory(
            self, received: receiver.Receiver, server: Any) -> None:
        import tracemalloc

        bomb = encoded(bytes(32 * 1024 * 1024))
        tracemalloc.start()
        try:
            assert 'longer than' in refused(received, server, data=bomb)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 8 * receiver.PIECE

    @settings(max_examples=50)
    @given(st.text() | st.binary().map(lambda data: base64.b64encode(data).decode()))
    def test_nothing_but_a_value_error_comes_of_any_text(self, data: str) -> None:
        try:
            assert len(receiver._decode(data)) <= receiver.PIECE
        except ValueError as error:
            assert str(error)


class TestHowManyAtOnce:
    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
        clock = types.SimpleNamespace(now=1000.0)
        clock.monotonic = lambda: clock.now
        monkeypatch.setattr(receiver, 'time', clock)
        return clock

    def test_one_too_many_is_refused_and_those_on_their_way_go_on(
            self, received: receiver.Receiver, server: Any,
            clock: types.SimpleNamespace) -> None:
        several = [Sending(received, server, b'a', b'b') for _ in range(17)]
        for sending in several[:16]:
            assert sending.send(0) == [False]
        with pytest.raises(ValueError, match='16 other histories are on their way'):
            several[16].send(0)
        assert several[0].send(1) == [True]
        assert several[16].send() == [False, True]

    def test_what_does_not_come_in_time_is_forgotten(
            self, received: receiver.Receiver, server: Any,
            clock: types.SimpleNamespace) -> None:
        several = [Sending(received, server, b'a', b'b') for _ in range(16)]
        for sending in several:
            sending.send(0)
        clock.now += 59
        with pytest.raises(ValueError):
            Sending(received, server, b'a').send()
        clock.now += 2
        assert Sending(received, server, b'whole').send() == [True]
        assert several[0].send(1) == [False]
        assert files.read(log_of(server)) == b'whole'
        assert len(received._coming) == 1


class TestParked:
    @pytest.mark.parametrize(('has_parked', 'log', 'found'), [
        (False, 'instances/{0}/console.log', 'instances/{0}/console.log'),
        (True, 'instances/{0}/console.log', 'instances/{0}_resize/console.log'),
        (True, 'log/x-serial0.log', 'log/x-serial0.log')])
    def test_it_lies_with_what_else_was_put_aside(
            self, has_parked: bool, log: str, found: str, instances: Path,
            tmp_path: Path) -> None:
        server = support.instance()
        if has_parked:
            (instances / f'{server.uuid}_resize').mkdir()
        path = receiver.parked(str(tmp_path / log.format(server.uuid)), server)
        assert path == str(tmp_path / found.format(server.uuid))


@pytest.mark.parametrize('directory', [None, 'log'])
def test_a_host_tells_where_it_logs_the_console_of_a_server_that_comes(
        directory: Optional[str], received: receiver.Receiver, server: Any, conf: Any,
        tmp_path: Path) -> None:
    if directory:
        (tmp_path / directory).mkdir()
        conf.set_override('console_log_directory', str(tmp_path / directory), 'nova_ext')
    assert received.get_log_path(CONTEXT(), server.uuid) == (
        f'{tmp_path}/log/{server.name}-serial0.log' if directory else nova_log_path(server))
