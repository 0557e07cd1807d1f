# SPDX-License-Identifier: Apache-2.0
"""``openstack server diagnostics show --watch``, on a terminal and elsewhere."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from typing import Any, Optional

from tests.clients.conftest import TIMEOUT, Clients, Cloud

WATCH = ('openstack', 'server', 'diagnostics', 'show', 'web1', '--watch', '0.5')


@contextlib.contextmanager
def ended_after(process: subprocess.Popen[Any], seconds: float) -> Iterator[None]:
    """Kill a process that is still there when the block ends, or after some seconds."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        process.kill()


def read_until(terminal: int, wanted: Optional[str]) -> str:
    """Return what comes from a terminal until a text is there; None: until it is closed."""
    shown = ''
    deadline = time.monotonic() + TIMEOUT
    while wanted is None or wanted not in shown:
        if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            raise AssertionError(f'{wanted} did not come in {TIMEOUT} s: {shown}')
        try:
            shown += os.read(terminal, 65536).decode(errors='replace')
        except OSError:  # closed
            break
    return shown


def test_watch_prints_a_line_for_each_answer(clients: Clients, cloud: Cloud) -> None:
    with subprocess.Popen(
            clients.command(*WATCH, '-f', 'json', '-c', 'uptime'),
            env=clients.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with ended_after(process, TIMEOUT):
            answers = [json.loads(process.stdout.readline()) for _ in range(2)]
            process.send_signal(signal.SIGTERM)
            assert process.wait(TIMEOUT) == 0
    assert [{**answer, 'timestamp': ''} for answer in answers] == [
        {'timestamp': '', 'server_id': cloud.web1, 'uptime': 3600}] * 2


def test_watch_draws_on_a_terminal_until_q(clients: Clients) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 120))
    with subprocess.Popen(
            clients.command(*WATCH),
            env={**clients.environment, 'TERM': 'xterm'}, stdin=theirs, stdout=theirs,
            stderr=theirs) as process:
        os.close(theirs)
        try:
            shown = read_until(ours, 'fa:16:3e:4e:0f:00')
            os.write(ours, b'q')
            read_until(ours, None)  # a terminal that nobody reads keeps it from ending
            assert process.wait(TIMEOUT) == 0
        finally:
            process.kill()
            os.close(ours)
    assert 'web1' in shown and 'Traceback' not in shown
