# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_ext.virt.libvirt.console import privileged, virtlogd
from nova_ext.virt.libvirt.console.virtlogd import Retention

READ = privileged.read_configuration


def listening(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen()
    return server


@pytest.fixture
def answers(configuration: Path) -> Iterator[None]:
    with listening(configuration / 'virtlogd-sock'):
        yield


@pytest.fixture
def refuses(configuration: Path) -> None:
    listening(configuration / 'virtlogd-sock').close()


@pytest.fixture
def libvirt_is_here(configuration: Path) -> Iterator[None]:
    with listening(configuration / 'libvirt-sock'):
        yield


@pytest.fixture
def logd(configuration: Path) -> None:
    (configuration / 'qemu.conf').write_text('#stdio_handler = "file"\n')


class TestProblem:
    def test_none_where_it_answers(
            self, answers: None, libvirt_is_here: None, logd: None) -> None:
        assert virtlogd.problem(READ) is None

    def test_refused_where_nobody_listens(
            self, refuses: None, libvirt_is_here: None, logd: None) -> None:
        assert virtlogd.problem(READ) == f'{virtlogd.SOCKET}: Connection refused'

    def test_missing_where_its_socket_is_not_there(
            self, libvirt_is_here: None, logd: None) -> None:
        assert virtlogd.problem(READ) == f'{virtlogd.SOCKET}: No such file or directory'

    @pytest.mark.parametrize('own', ['absent', 'refuses'])
    def test_none_that_can_be_told_where_libvirts_sockets_are_elsewhere(
            self, own: str, logd: None, request: pytest.FixtureRequest) -> None:
        if own == 'refuses':
            request.getfixturevalue('refuses')
        assert virtlogd.problem(READ) is None

    def test_none_where_qemu_writes_the_logs(
            self, libvirt_is_here: None, configuration: Path) -> None:
        (configuration / 'qemu.conf').write_text('stdio_handler = "file"\n')
        assert virtlogd.problem(READ) is None

    def test_none_that_can_be_told_where_the_configuration_is_not_visible(
            self, libvirt_is_here: None, logd: None, configuration: Path) -> None:
        assert virtlogd.problem(READ)
        (configuration / 'qemu.conf').unlink()
        assert virtlogd.problem(READ) is None

    def test_none_where_only_root_may_connect(
            self, libvirt_is_here: None, logd: None, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError(13, 'Permission denied')

        assert virtlogd.problem(READ)
        monkeypatch.setattr(socket.socket, 'connect', refuse)
        assert virtlogd.problem(READ) is None

    def test_one_that_takes_no_more_connections_is_one(
            self, libvirt_is_here: None, logd: None) -> None:
        with socket.socket(socket.AF_UNIX) as hanging, socket.socket(socket.AF_UNIX) as waiting:
            hanging.bind(virtlogd.SOCKET)
            hanging.listen(0)
            waiting.connect(virtlogd.SOCKET)
            assert virtlogd.problem(READ) == (
                f'{virtlogd.SOCKET}: Resource temporarily unavailable')


class TestSettings:
    @pytest.mark.parametrize(('text', 'value'), [
        ('', None), ('#name = "a"', None), ('names = "a"', None), ('my_name = "a"', None),
        ('name = "a"', 'a'), ("name = 'a'", 'a'), ('  name="a" # "b"', 'a'), ('name=7', '7'),
        ('name = 7# seven', '7'), ('other = 1\nname = "a"\nname = "b"\n', 'a'), ('name =', ''),
        ('name =\nother', ''), ('name\n= 7', None)])
    def test_they_are_read_as_libvirt_does(self, text: str, value: Optional[str]) -> None:
        assert virtlogd.setting(text, 'name') == value

    @pytest.mark.parametrize(('text', 'handler'), [
        (None, None), ('', None), ('#\n', 'logd'), ('stdio_handler = "logd"', 'logd'),
        ('stdio_handler = "file"', 'file'), ("stdio_handler = 'file'", 'file')])
    def test_logs_are_written_by_whom_libvirt_says(
            self, text: Optional[str], handler: Optional[str], configuration: Path) -> None:
        if text is not None:
            (configuration / 'qemu.conf').write_text(text)
        assert virtlogd.handler(READ) == handler

    @pytest.mark.parametrize(('text', 'kept'), [
        ('', Retention(2 * 1024 * 1024, 3)), ('max_size = 16384\n', Retention(16384, 3)),
        ('max_backups = 0\n#max_size = 1', Retention(2 * 1024 * 1024, 0)),
        ('max_size = 1\nmax_backups = 9', Retention(1, 9)),
        ('max_size = much\nmax_backups = -1', Retention(2 * 1024 * 1024, 3))])
    def test_as_much_is_kept_as_virtlogd_is_told_or_keeps_by_default(
            self, text: str, kept: Retention, configuration: Path) -> None:
        (configuration / 'virtlogd.conf').write_text(text)
        assert virtlogd.retention(READ) == kept

    @given(st.text())
    def test_nonsense_is_as_good_as_nothing(self, text: str) -> None:
        kept = virtlogd.retention(lambda _: text)
        assert kept.max_size >= 0 and kept.max_backups >= 0
