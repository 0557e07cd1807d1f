# SPDX-License-Identifier: Apache-2.0
"""What the API says of a console: log and serial console together, and why when it cannot."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import signal
import time
from collections.abc import Callable, Iterator

import pytest
import websocket

from sandbox import settings
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.process import reexecute
from tests.live.asking import timed
from tests.live.conftest import PLUGIN_HOST
from tests.live.lines import NumberedLines, files, output


@contextlib.contextmanager
def flavor_with_ports(api: Api, number: int) -> Iterator[str]:
    """A flavor whose guests have so many serial ports."""
    name = f'ports-{number}'
    api.call('POST', '/flavors', {'flavor': {
        'id': name, 'name': name, 'ram': 128, 'vcpus': 1, 'disk': 1}})
    try:
        api.call('POST', f'/flavors/{name}/os-extra_specs', {
            'extra_specs': {'hw:serial_port_count': str(number)}})
        yield name
    finally:
        api.call('DELETE', f'/flavors/{name}')


@pytest.fixture(scope='module')
def lines(api: Api, boot: Callable[..., Guest]) -> NumberedLines:
    """Of a guest with as many serial ports as there can be."""
    with flavor_with_ports(api, 4) as flavor:
        return NumberedLines(boot(host=PLUGIN_HOST, flavor=flavor))


@pytest.fixture(scope='module')
def guest(lines: NumberedLines) -> Guest:
    return lines.guest


def test_four_ports_of_which_the_first_is_logged(guest: Guest) -> None:
    ports = re.findall(r"<serial type='tcp'>.*?</serial>", guest.xml(), re.DOTALL)
    assert [('<log ' in port) for port in ports] == [True, False, False, False]
    assert len(set(re.findall(r"service='(\d+)'", ''.join(ports)))) == 4


def test_five_ports_are_refused(api: Api) -> None:
    with flavor_with_ports(api, 5) as flavor:
        guest = Guest.boot(api, host=PLUGIN_HOST, flavor=flavor, wait=False)
        try:
            guest.wait_status('ERROR')
            log = ComputeHost(PLUGIN_HOST).service('nova-compute').log.read_text()
            assert 'Maximum number of serial port exceeds 4' in log
        finally:
            guest.delete()


def test_the_log_and_the_serial_console_of_one_guest(
        api: Api, lines: NumberedLines, guest: Guest) -> None:
    lines.print(10)
    lines.check()
    console = api.call('POST', f'/servers/{guest.id}/remote-consoles', {
        'remote_console': {'protocol': 'serial', 'type': 'serial'}})['remote_console']
    connection = websocket.create_connection(
        console['url'], subprotocols=['binary'], timeout=60,
        origin=settings.ENDPOINTS['serialproxy'].replace('ws://', 'http://'))
    try:
        connection.send_binary(f'\nlines 500 64 {lines.last + 1}\n'.encode())
        lines.last += 500
        said = b''
        while b'>>> lines: 500 done' not in said:
            if said.count(b'\n') % 10 == 0:
                lines.check(to_the_end=False)
            said += connection.recv()
    finally:
        connection.close()
    lines.check()


@contextlib.contextmanager
def put_aside(guest: Guest) -> Iterator[pathlib.Path]:
    """The place of a guest's console log, free for a while."""
    log = guest.console_log()
    aside = [(file, file.with_name(f'{file.name}-aside')) for file in files(log)]
    for file, other in aside:
        file.rename(other)
    try:
        yield log
    finally:
        for file, other in aside:
            other.rename(file)


def test_a_log_that_is_not_there_is_empty(api: Api, guest: Guest) -> None:
    with put_aside(guest):
        assert output(api, guest) == ''


@pytest.mark.parametrize('make', [os.mkdir, os.mkfifo])
def test_a_log_that_cannot_be_read_is_404_at_once_with_the_reason(
        api: Api, guest: Guest, make: Callable[[pathlib.Path], None]) -> None:
    with put_aside(guest) as log:
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
    assert seconds < 8  # a FIFO that nobody writes to would take for ever


@pytest.fixture
def small_files() -> Iterator[Callable[[], None]]:
    """virtlogd moves logs on every 16 KiB, and keeps ten; the function has it begin anew."""
    host = ComputeHost(PLUGIN_HOST)
    configuration = host.etc / 'libvirt/virtlogd.conf'
    before = configuration.read_text()

    def begin_anew() -> None:
        pid = host.service('virtlogd').pid()
        assert pid is not None
        reexecute(pid, signal.SIGUSR1)

    # Of two settings of the same name libvirt takes the first.
    configuration.write_text(f'max_size = 16384\nmax_backups = 10\n{before}')
    try:
        begin_anew()
        yield begin_anew
    finally:
        configuration.write_text(before)
        begin_anew()


def test_every_answer_is_in_order_while_the_log_is_moved_all_the_time(
        lines: NumberedLines, guest: Guest, small_files: Callable[[], None]) -> None:
    lines.print(1000)
    log = guest.console_log()
    answers = moved = begun = 0
    newest = log.stat().st_ino
    deadline = time.monotonic() + 600
    # How many answers and moves a flood gives depends on how fast the machine is.
    while answers <= 20 or moved <= 10 or begun <= 1:
        lines.flood(6000)
        while f'n={lines.last:06d} ' not in lines.check(to_the_end=False):
            assert time.monotonic() < deadline, f'{answers=} {moved=} {begun=}'
            answers += 1
            if log.exists() and log.stat().st_ino != newest:
                newest = log.stat().st_ino
                moved += 1
            if answers % 20 == 10:
                small_files()
                begun += 1
    lines.check()
    lines.check_files(at_least=10 * 16384)
    wait_for('virtlogd keeps ten', lambda: len(files(log)) == 10 + 1)
