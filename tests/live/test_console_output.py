# SPDX-License-Identifier: Apache-2.0
"""os-getConsoleOutput with serial ports, with unreadable logs and during log rotation."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.process import reexecute
from sandbox.client.reconfigured import reconfigured
from tests.live import serial_proxy
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import NumberedLines, get_console_output, log_files, log_moved_away
from tests.live.flavors import flavor_with_ports
from tests.live.timing import timed


@pytest.fixture(scope='module', autouse=True)
def four_ports_allowed() -> Iterator[None]:
    """Allow four serial ports on the host."""
    with reconfigured({PLUGIN_HOST: '[nova_ext]\nallow_four_serial_ports = true'}):
        yield


@pytest.fixture(scope='module')
def lines(four_ports_allowed: None, api: Api, boot: Callable[..., Guest]) -> NumberedLines:
    """Lines of a guest with four serial ports, the most that are possible."""
    with flavor_with_ports(api, 4) as flavor:
        return NumberedLines(boot(host=PLUGIN_HOST, flavor=flavor))


@pytest.fixture(scope='module')
def guest(lines: NumberedLines) -> Guest:
    return lines.guest


@pytest.mark.slow
def test_build_with_four_serial_ports_fails_by_default(api: Api) -> None:
    """On the other host the option is not set, so that Nova could start each of its guests."""
    with flavor_with_ports(api, 4) as flavor:
        guest = Guest.boot(api, host=OTHER_PLUGIN_HOST, flavor=flavor, wait=False)
        try:
            guest.wait_status('ERROR')
        finally:
            guest.delete()


def test_only_first_of_four_serial_ports_is_logged(guest: Guest) -> None:
    ports = re.findall(r"<serial type='tcp'>.*?</serial>", guest.xml(), re.DOTALL)
    assert [('<log ' in port) for port in ports] == [True, False, False, False]
    assert len(set(re.findall(r"service='(\d+)'", ''.join(ports)))) == 4


@pytest.mark.slow
def test_build_with_five_serial_ports_fails(api: Api) -> None:
    with flavor_with_ports(api, 5) as flavor:
        guest = Guest.boot(api, host=PLUGIN_HOST, flavor=flavor, wait=False)
        try:
            guest.wait_status('ERROR')
            log = ComputeHost(PLUGIN_HOST).service('nova-compute').log.read_text()
            assert 'Maximum number of serial port exceeds 4' in log
        finally:
            guest.delete()


def test_log_is_complete_while_serial_console_is_used(
        api: Api, lines: NumberedLines, guest: Guest) -> None:
    lines.print(10)
    lines.check_output()
    with serial_proxy.connected(api, guest) as connection:
        connection.send_binary(f'\nlines 500 64 {lines.last + 1}\n'.encode())
        lines.last += 500
        received = b''
        while b'>>> lines: 500 done' not in received:
            if received.count(b'\n') % 10 == 0:
                lines.check_output(wait_for_last=False)
            received += connection.recv()
    lines.check_output()


def test_missing_log_returns_empty_output(api: Api, guest: Guest) -> None:
    with log_moved_away(guest):
        assert get_console_output(api, guest) == ''


def test_log_linked_to_null_device_returns_empty_output(api: Api, guest: Guest) -> None:
    with log_moved_away(guest) as log:
        log.symlink_to('/dev/null')
        try:
            assert get_console_output(api, guest) == ''
        finally:
            log.unlink()


@pytest.mark.parametrize('make', [os.mkdir, os.mkfifo])
def test_unreadable_log_returns_404_with_reason(
        api: Api, guest: Guest, make: Callable[[pathlib.Path], None]) -> None:
    with log_moved_away(guest) as log:
        make(log)
        try:
            seconds, answer = timed(lambda: api.request(
                'POST', f'/servers/{guest.id}/action', body={'os-getConsoleOutput': {}}))
        finally:
            log.rmdir() if log.is_dir() else log.unlink()
    assert answer.status_code == 404
    message = answer.json()['itemNotFound']['message']
    assert message == (f'The console log of server {guest.id} cannot be read on its host: '
                       'Not a regular file.')
    assert seconds < 8  # to open a FIFO without a writer would block


@pytest.fixture
def reexecute_virtlogd() -> Iterator[Callable[[], None]]:
    """Rotate logs every 16 KiB and keep ten files; the function re-executes virtlogd."""
    host = ComputeHost(PLUGIN_HOST)
    configuration = host.etc / 'libvirt/virtlogd.conf'
    before = configuration.read_text()

    def reexecute_now() -> None:
        pid = host.service('virtlogd').pid()
        assert pid is not None
        reexecute(pid, signal.SIGUSR1)

    # If a setting is there twice, libvirt uses the first.
    configuration.write_text(f'max_size = 16384\nmax_backups = 10\n{before}')
    try:
        reexecute_now()
        yield reexecute_now
    finally:
        configuration.write_text(before)
        reexecute_now()


@pytest.mark.slow
def test_output_has_no_gaps_while_log_is_rotated(
        lines: NumberedLines, guest: Guest, reexecute_virtlogd: Callable[[], None]) -> None:
    lines.print(1000)
    log = guest.console_log()
    outputs = rotations = restarts = 0
    current = log.stat().st_ino
    deadline = time.monotonic() + 600
    # How many of each happen during one flood depends on the speed of the machine.
    while outputs <= 20 or rotations <= 10 or restarts <= 1:
        lines.flood(6000)
        while f'n={lines.last:06d} ' not in lines.check_output(wait_for_last=False):
            assert time.monotonic() < deadline, f'{outputs=} {rotations=} {restarts=}'
            outputs += 1
            if log.exists() and log.stat().st_ino != current:
                current = log.stat().st_ino
                rotations += 1
            if outputs % 20 == 10:
                reexecute_virtlogd()
                restarts += 1
    lines.check_output()
    lines.check_files(at_least=10 * 16384)
    wait_for('ten rotated files', lambda: len(log_files(log)) == 10 + 1)
