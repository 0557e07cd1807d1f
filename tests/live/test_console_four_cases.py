# SPDX-License-Identifier: Apache-2.0
"""Live migration from and to hosts with the plugin and without, serial ports on and off.

Host 1 has the plugin. Host 2 plays all the others in turn, because a cloud has one stock host
only: with Nova's own driver it is one as well. One guest goes from each to each, printing.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from sandbox.client.guest import Guest
from sandbox.client.reconfigured import Reconfigured, reconfigured
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST, STOCK_HOST
from tests.live.lines import NumberedLines, migrate, numbers, output, serial_port

STOCK = '[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver'
NO_SERIAL = '[serial_console]\nenabled = false'

#: Two, so that the third that is not given back is missed.
FEW_PORTS = '[serial_console]\nport_range = 10000:10002'


@pytest.fixture(scope='module', autouse=True)
def hosts() -> Iterator[Reconfigured]:
    with reconfigured({PLUGIN_HOST: FEW_PORTS, OTHER_PLUGIN_HOST: STOCK}) as changed:
        yield changed


@pytest.fixture(scope='module')
def lines(hosts: Reconfigured, boot: Callable[..., Guest]) -> NumberedLines:
    return NumberedLines(boot(host=STOCK_HOST))


@pytest.fixture(scope='module')
def guest(lines: NumberedLines) -> Guest:
    return lines.guest


def loses_what_it_printed(lines: NumberedLines) -> None:
    """What every migration from a stock host does; then see that the log is in order."""
    lines.first = lines.last + 1
    lines.print(300)
    lines.check()


def test_from_stock_to_stock(lines: NumberedLines, guest: Guest) -> None:
    lines.print(300)
    lines.check()
    migrate(guest, OTHER_PLUGIN_HOST)
    loses_what_it_printed(lines)
    assert serial_port(guest) == ('tcp', 'off')


def test_from_stock_to_the_plugin(lines: NumberedLines, guest: Guest) -> None:
    """It keeps its configuration until it is started anew."""
    migrate(guest, PLUGIN_HOST)
    loses_what_it_printed(lines)
    assert serial_port(guest) == ('tcp', 'off')
    guest.act('reboot', {'type': 'HARD'}, until='ACTIVE')
    assert serial_port(guest) == ('tcp', 'on')
    guest.wait_ready()
    lines.print(300)
    assert '=== GUEST READY' in lines.check()


def test_from_the_plugin_to_stock(lines: NumberedLines, guest: Guest) -> None:
    """The log goes by way of ssh."""
    lines.flood(1000)
    migrate(guest, OTHER_PLUGIN_HOST)
    lines.check()
    lines.check_files()
    assert serial_port(guest) == ('tcp', 'on')
    assert guest.console_log().with_name('console.log.0').exists()
    migrate(guest, PLUGIN_HOST)
    loses_what_it_printed(lines)


def test_from_the_plugin_to_stock_without_serial_ports(
        hosts: Reconfigured, lines: NumberedLines, guest: Guest) -> None:
    hosts.change({OTHER_PLUGIN_HOST: f'{STOCK}\n{NO_SERIAL}'})
    lines.flood(1000)
    migrate(guest, OTHER_PLUGIN_HOST)
    assert serial_port(guest) == ('pty', 'on')
    lines.check()
    lines.print(300)
    lines.check()
    lines.check_files()


def test_ports_are_given_back_for_which_there_is_no_use(
        hosts: Reconfigured, lines: NumberedLines, guest: Guest) -> None:
    """Nova takes one each time; here are two, for a guest that needs none."""
    hosts.change({OTHER_PLUGIN_HOST: NO_SERIAL})
    for _ in range(3):
        migrate(guest, PLUGIN_HOST)
        assert serial_port(guest) == ('pty', 'on')
        migrate(guest, OTHER_PLUGIN_HOST)
    migrate(guest, PLUGIN_HOST)
    lines.print(300)
    lines.check()
    lines.check_files()


def test_from_the_plugin_to_the_plugin_without_serial_ports(
        lines: NumberedLines, guest: Guest) -> None:
    guest.act('reboot', {'type': 'HARD'}, until='ACTIVE')
    assert serial_port(guest) == ('tcp', 'on')
    guest.wait_ready()
    lines.flood(1000)
    migrate(guest, OTHER_PLUGIN_HOST)
    assert serial_port(guest) == ('pty', 'on')
    lines.check()
    lines.check_files()


@contextlib.contextmanager
def asked_for_its_log(guest: Guest) -> Iterator[None]:
    """The API is asked for the log of a guest, again and again."""
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            output(guest.api, guest)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        asking = pool.submit(ask)
        try:
            yield
        finally:
            done.set()
        asking.result(180)


def test_a_client_of_the_terminal_and_the_log_get_every_line_once(
        lines: NumberedLines, guest: Guest) -> None:
    """The client reads at once: of what waits for a slow one QEMU may log a character twice."""
    lines.guest.ask('proc-uptime')
    before = lines.last
    with guest.console() as console:
        received = b''
        console.send(b'\nproc-uptime\n')
        while b'>>> proc-uptime' not in received:
            received += console.receive(60)
        with asked_for_its_log(guest):
            console.send(f'lines 1000 64 {before + 1}\n'.encode())
            lines.last += 1000
            while b'>>> lines: 1000 done' not in received:
                received += console.receive(60)
    said = received.decode().replace('\r', '')
    assert numbers(said) == list(range(before + 1, lines.last + 1))
    lines.check()
    lines.check_files()


def test_the_log_can_be_read_in_every_state_without_serial_ports(
        lines: NumberedLines, guest: Guest) -> None:
    for do, state, undo in (('pause', 'PAUSED', 'unpause'), ('suspend', 'SUSPENDED', 'resume'),
                            ('os-stop', 'SHUTOFF', 'os-start')):
        guest.act(do, until=state)
        lines.check()
        guest.act(undo, until='ACTIVE')
    guest.wait_ready()
    lines.print(300)
    lines.check()
    assert serial_port(guest) == ('pty', 'on')
