# SPDX-License-Identifier: Apache-2.0
"""What runs in Nova's privileged daemon, called as that calls it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nova import privsep
from oslo_privsep import comm, daemon
from oslo_utils import importutils

from nova_ext.virt.libvirt.console import log, privileged
from tests.unit.virt.libvirt.console import virtlogd_files as files

MODULE = privileged.__name__
CONTEXT = privsep.sys_admin_pctxt

ENTRY_POINTS = [
    '_read_log', 'put_behind_log', 'append_to_log', 'remove_log', 'read_configuration']


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'console.log'


@pytest.fixture
def call() -> Iterator[Callable[..., Any]]:
    """Calls a function as nova-compute does: by its name, and with nothing but data.

    The daemon's own loop runs in a thread here.
    """
    ours, its = socket.socketpair()
    server = daemon.Daemon(comm.ServerChannel(its), CONTEXT)

    def serve() -> None:
        server.loop()
        server.thread_pool.shutdown()
        its.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    channel = daemon._ClientChannel(ours, CONTEXT)
    yield lambda name, *arguments: channel.remote_call(f'{MODULE}.{name}', arguments, {}, 5)
    channel.close()
    thread.join(5)
    ours.close()


@pytest.mark.parametrize('name', ENTRY_POINTS)
def test_the_daemon_finds_it_by_name_and_may_call_it(name: str) -> None:
    found = importutils.import_class(f'{MODULE}.{name}')
    assert found is getattr(privileged, name)
    assert CONTEXT.is_entrypoint(found)


def test_nothing_else_here_can_be_called_in_the_daemon() -> None:
    callable_there = [name for name, value in vars(privileged).items()
                      if CONTEXT.is_entrypoint(value)]
    assert sorted(callable_there) == sorted(ENTRY_POINTS)


class TestThroughTheDaemon:
    def test_a_log_is_read(self, call: Any, path: Path) -> None:
        files.make(path, b'\xff\x00new', b'old')
        assert log.Tail(*call('_read_log', str(path), 6, None)) == (b'd\xff\x00new', 2)
        assert log.Tail(*call('_read_log', str(path), 9, f'{path}.0')) == (b'\xff\x00new', 0)

    def test_a_history_of_the_greatest_size_is_put_behind_a_log(
            self, call: Any, path: Path) -> None:
        path.write_bytes(b'new')
        history = bytes(range(256)) * 65536
        assert call('put_behind_log', str(path), history, 3) is True
        assert files.read(path) == history + b'new'
        assert call('put_behind_log', str(path), history, 1) is False

    def test_a_log_is_added_to_and_removed(self, call: Any, path: Path) -> None:
        call('append_to_log', str(path), b'a\xff')
        call('append_to_log', str(path), b'b')
        assert path.read_bytes() == b'a\xffb'
        call('remove_log', str(path))
        assert not path.exists()

    def test_a_configuration_is_read_and_one_that_is_not_there_is_empty(
            self, call: Any, path: Path) -> None:
        path.write_bytes(b'name = "\xff"')
        assert call('read_configuration', str(path)) == 'name = "\N{REPLACEMENT CHARACTER}"'
        assert call('read_configuration', f'{path}.gone') == ''

    def test_why_something_failed_is_known(self, call: Any, path: Path) -> None:
        path.mkdir()
        with pytest.raises(OSError, match='Not a regular file') as caught:
            call('_read_log', str(path), 6, None)
        assert caught.value.strerror == 'Not a regular file'
        with pytest.raises(FileNotFoundError):
            call('_read_log', f'{path}/gone/log', 6, None)

    def test_nothing_else_is_called(self, call: Any, path: Path) -> None:
        with pytest.raises(NameError, match='not exported'):
            call('read_log', str(path), 6)


def test_read_log_gives_the_tail_and_leaves_out_what_it_is_told(path: Path) -> None:
    files.make(path, b'new', b'old')
    assert privileged.read_log(str(path), 4) == log.Tail(b'dnew', 2)
    assert privileged.read_log(str(path), 9, without=f'{path}.0') == log.Tail(b'new', 0)
