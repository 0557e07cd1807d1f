# SPDX-License-Identifier: Apache-2.0
"""The console log after live migrations between hosts with and without the plugin.

Host 1 has the plugin, host 3 is the stock host. Host 2 is reconfigured for each case: with Nova's
own driver, or with the serial console disabled. One guest prints and moves between them.
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
from tests.live.console_log import (
    NumberedLines,
    get_console_output,
    line_numbers,
    live_migrate,
    serial_port,
)

STOCK = '[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver'
NO_SERIAL = '[serial_console]\nenabled = false'

#: Two ports: a third migration fails if the ports of the first two were not released.
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


def check_new_log(lines: NumberedLines) -> None:
    """Check the log after a migration from a stock host, which loses what was printed before."""
    lines.first = lines.last + 1
    lines.print(300)
    lines.check_output()


@pytest.mark.slow
def test_live_migration_from_stock_to_stock_loses_log(lines: NumberedLines, guest: Guest) -> None:
    lines.print(300)
    lines.check_output()
    live_migrate(guest, OTHER_PLUGIN_HOST)
    check_new_log(lines)
    assert serial_port(guest) == ('tcp', 'off')


@pytest.mark.slow
def test_live_migration_from_stock_to_plugin_loses_log_until_hard_reboot(
        lines: NumberedLines, guest: Guest) -> None:
    """The guest gets the plugin's serial port configuration at its next hard reboot."""
    live_migrate(guest, PLUGIN_HOST)
    check_new_log(lines)
    assert serial_port(guest) == ('tcp', 'off')
    guest.act('reboot', {'type': 'HARD'}, until='ACTIVE')
    assert serial_port(guest) == ('tcp', 'on')
    guest.wait_ready()
    lines.print(300)
    assert '=== GUEST READY' in lines.check_output()


@pytest.mark.slow
def test_live_migration_from_plugin_to_stock_keeps_log(
        lines: NumberedLines, guest: Guest) -> None:
    """The source copies the log with ssh. virtlogd replaces the file that Nova has made."""
    lines.flood(1000)
    live_migrate(guest, OTHER_PLUGIN_HOST)
    lines.check_output()
    lines.check_files()
    assert serial_port(guest) == ('tcp', 'off')
    assert guest.console_log().with_name('console.log.0').exists()
    live_migrate(guest, PLUGIN_HOST)
    check_new_log(lines)


@pytest.mark.slow
def test_live_migration_from_plugin_to_stock_without_serial_console_keeps_log(
        hosts: Reconfigured, lines: NumberedLines, guest: Guest) -> None:
    hosts.change({OTHER_PLUGIN_HOST: f'{STOCK}\n{NO_SERIAL}'})
    lines.flood(1000)
    live_migrate(guest, OTHER_PLUGIN_HOST)
    assert serial_port(guest) == ('pty', 'off')
    lines.check_output()
    lines.print(300)
    lines.check_output()
    lines.check_files()


@pytest.mark.slow
def test_unused_serial_ports_are_released(
        hosts: Reconfigured, lines: NumberedLines, guest: Guest) -> None:
    """Nova allocates one per migration; the host has two, and this guest needs none."""
    hosts.change({OTHER_PLUGIN_HOST: NO_SERIAL})
    for _ in range(3):
        live_migrate(guest, PLUGIN_HOST)
        assert serial_port(guest) == ('pty', 'on')
        live_migrate(guest, OTHER_PLUGIN_HOST)
    live_migrate(guest, PLUGIN_HOST)
    lines.print(300)
    lines.check_output()
    lines.check_files()


@pytest.mark.slow
def test_live_migration_from_plugin_to_plugin_without_serial_console_keeps_log(
        hosts: Reconfigured, lines: NumberedLines, guest: Guest) -> None:
    hosts.change({OTHER_PLUGIN_HOST: NO_SERIAL})
    if guest.host.number != PLUGIN_HOST:
        live_migrate(guest, PLUGIN_HOST)
    guest.act('reboot', {'type': 'HARD'}, until='ACTIVE')
    assert serial_port(guest) == ('tcp', 'on')
    guest.wait_ready()
    lines.flood(1000)
    live_migrate(guest, OTHER_PLUGIN_HOST)
    assert serial_port(guest) == ('pty', 'on')
    lines.check_output()
    lines.check_files()


@contextlib.contextmanager
def console_output_requested(guest: Guest) -> Iterator[None]:
    """Request the guest's console output again and again in the background."""
    done = threading.Event()

    def request_repeatedly() -> None:
        while not done.is_set():
            get_console_output(guest.api, guest)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        requests = pool.submit(request_repeatedly)
        try:
            yield
        finally:
            done.set()
        requests.result(180)


@pytest.mark.slow
def test_pty_client_and_log_get_every_line_once(lines: NumberedLines, guest: Guest) -> None:
    """The client reads without delay: with a slow one, QEMU may log a character twice."""
    lines.guest.ask('proc-uptime')
    before = lines.last
    with guest.console() as console:
        received = b''
        console.send(b'\nproc-uptime\n')
        while b'>>> proc-uptime' not in received:
            received += console.receive(60)
        with console_output_requested(guest):
            console.send(f'lines 1000 64 {before + 1}\n'.encode())
            lines.last += 1000
            while b'>>> lines: 1000 done' not in received:
                received += console.receive(60)
    printed = received.decode().replace('\r', '')
    assert line_numbers(printed) == list(range(before + 1, lines.last + 1))
    lines.check_output()
    lines.check_files()


@pytest.mark.slow
def test_log_is_readable_in_every_state_without_serial_console(
        lines: NumberedLines, guest: Guest) -> None:
    for action, status, undo in (
            ('pause', 'PAUSED', 'unpause'), ('suspend', 'SUSPENDED', 'resume'),
            ('os-stop', 'SHUTOFF', 'os-start')):
        guest.act(action, until=status)
        lines.check_output()
        guest.act(undo, until='ACTIVE')
    guest.wait_ready()
    lines.print(300)
    lines.check_output()
    assert serial_port(guest) == ('pty', 'on')
