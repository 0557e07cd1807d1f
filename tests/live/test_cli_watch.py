# SPDX-License-Identifier: Apache-2.0
"""``--watch`` on a pseudo-terminal, read by a terminal emulator, and through pipes."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import datetime

import pytest

from nova_ext.cli.watch import graphs
from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from tests.live import host_operations
from tests.live import watch_view as view
from tests.live.conftest import PLUGIN_HOST
from tests.live.openstack_client import OpenStackClient
from tests.live.terminal import Terminal

WATCH = ('server', 'diagnostics', 'show')

#: Broadcast echo requests per second.
PINGS_PER_SECOND = 20

#: Show the cursor, and leave the alternate screen.
RESTORE_SCREEN = b'\x1b[?25h\x1b[?1049l'


@pytest.fixture(scope='module')
def openstack() -> OpenStackClient:
    return OpenStackClient()


@pytest.fixture(scope='module')
def busy_guest(api: Api, boot: Callable[..., Guest]) -> Guest:
    """A guest that keeps vCPU 0 busy, sends pings and writes 1 MiB per second."""
    guest = boot(host=PLUGIN_HOST, flavor='duo', name='busy')
    [[port]] = guest.show()['addresses'].values()
    guest.ask(f'net {port["addr"]}/16')
    # Again when it ends, as it does at the first request that cannot be sent.
    guest.ask(f'sh (while :; do ping -q -i {1 / PINGS_PER_SECOND} -s 1000 10.9.255.255; sleep 1; '
              'done) >/dev/null 2>&1 &')
    guest.ask('sh (while :; do dd if=/dev/zero of=/dev/vda bs=64k count=16 seek=16 oflag=direct '
              'conv=notrunc 2>/dev/null; sleep 1; done) &')
    guest.ask('cpu 1')
    wait_for('the guest sends', lambda: api.diagnostics(guest.id)['nic_details'][0]['tx_octets'])
    return guest


def _watch_command(openstack: OpenStackClient, guest: Guest, *words: str) -> list[str]:
    return openstack.command(*WATCH, guest.id, '--watch', *words)


def _start_piped(command: list[str], openstack: OpenStackClient) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, env=openstack.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)


@pytest.mark.slow
def test_view_redraws_in_place_with_correct_values(
        openstack: OpenStackClient, api: Api, busy_guest: Guest) -> None:
    time.sleep(max(0.0, 15 - busy_guest.process.age()))  # longer than one interval of the sampler
    with Terminal(_watch_command(openstack, busy_guest, '1'), openstack.environment) as terminal:
        terminal.wait_row('vCPU 0')
        wait_for('eight samples', lambda: len(view.graph(terminal.row('vCPU 0'))) >= 8, 90, 0.1)
        # What the API returns is compared with independent sources in test_figures.py.
        found = api.diagnostics(busy_guest.id)
        head, *_ = lines = terminal.lines()
        assert head.startswith('busy  running ')
        assert view.value(terminal.row('vCPU 0')) == pytest.approx(
            found['cpu_details'][0]['utilisation'], abs=20)
        row = terminal.row('vCPU 0')
        assert graphs.BLOCKS.index(view.graph(row)[-1]) == round(view.value(row) / 100 * 7)
        assert view.value(terminal.row('vCPU 1')) < view.value(terminal.row('vCPU 0'))
        [nic] = found['nic_details']
        assert view.value(terminal.row(f'tx {nic["mac_address"]}')) == pytest.approx(
            nic['tx_rate'], rel=0.3)
        written = terminal.row('disk 0 written')
        assert ' max ' in written and set(view.graph(written).strip()) & set('▅▆▇█')
        meminfo = busy_guest.meminfo()
        assert view.value(terminal.row('memory')) == pytest.approx(
            (meminfo['MemTotal'] - meminfo['MemAvailable']) / 1024, rel=0.2)
        assert sum(line.startswith('vCPU 0') for line in lines) == 1
        assert (terminal.scrolled(), terminal.screen.cursor.hidden) == (0, True)
        # From here on a frame for a larger terminal may scroll the alternate screen, which has no
        # scrollback but in the emulator.
        for columns, height in ((40, 10), (200, 30), (80, 24)):
            _check_resize(terminal, columns, height)
        terminal.type('\x03')
        assert terminal.wait_exit() == 0
        wait_for('restored', lambda: terminal.received.endswith(RESTORE_SCREEN), 5, 0.05)
        assert terminal.modes() == terminal.modes_before


def _check_resize(terminal: Terminal, columns: int, height: int) -> None:
    """Resize the terminal and check that the view adapts to it."""
    terminal.resize(columns, height)
    wait_for('redrawn', lambda: terminal.row('busy') and terminal.row('memory'), 20, 0.05)
    time.sleep(0.2)
    lines = terminal.lines()
    assert lines[0].startswith('busy  running ')
    rows = [line for line in lines if '/s' in line or ' %' in line]
    assert (' of 100 %' in rows[0]) == (columns > 60)
    assert sum(line.startswith('memory') for line in lines) == 1


@pytest.mark.slow
def test_view_continues_after_api_error_and_quits_on_q(
        openstack: OpenStackClient, api: Api, busy_guest: Guest) -> None:
    ascii_only = {'LC_ALL': 'C', 'PYTHONIOENCODING': 'ascii'}
    environment = {**openstack.environment, **ascii_only}
    with Terminal(_watch_command(openstack, busy_guest, '0.5'), environment) as terminal:
        terminal.wait_row('vCPU 0')
        with host_operations.forced_down(api, f'stack{PLUGIN_HOST}'):
            wait_for('error on the screen', lambda: '(HTTP 503)' in view.text(terminal), 60)
            assert 'Compute host stack1 is unavailable: ' in view.text(terminal)
            assert terminal.row('vCPU 0')
        wait_for('no error on the screen', lambda: '(HTTP 503)' not in view.text(terminal), 60)
        graph = set(view.graph(terminal.row('vCPU 0')).replace(' ', ''))
        assert graph and graph <= set(graphs.ASCII)
        terminal.type('q')
        assert terminal.wait_exit() == 0
        assert terminal.received.isascii() and terminal.received.endswith(RESTORE_SCREEN)


def test_pipe_receives_json_lines(openstack: OpenStackClient, api: Api, busy_guest: Guest) -> None:
    watching = _start_piped(_watch_command(openstack, busy_guest, '0.5'), openstack)
    try:
        assert watching.stdout is not None and watching.stderr is not None
        lines = [json.loads(watching.stdout.readline()) for _ in range(4)]
        with host_operations.forced_down(api, f'stack{PLUGIN_HOST}'):
            error = watching.stderr.readline()
        after = api.diagnostics(busy_guest.id, 'latest')
        watching.send_signal(signal.SIGINT)
        rest, errors = watching.communicate(timeout=60)
    finally:
        watching.kill()
    assert watching.returncode == 0
    assert '(HTTP 503)' in error
    assert all('(HTTP 503)' in line for line in errors.splitlines())
    assert rest == '' or all(json.loads(line) for line in rest.splitlines())
    for line in lines:
        assert list(line) == ['timestamp', 'server_id', *after]
        assert line['server_id'] == busy_guest.id
    times = [datetime.strptime(line['timestamp'], '%Y-%m-%dT%H:%M:%S.%fZ') for line in lines]
    assert times == sorted(set(times))
    elapsed = lines[-1]['uptime'] - lines[0]['uptime']  # of the QEMU process
    assert (times[-1] - times[0]).total_seconds() == pytest.approx(elapsed, abs=2)
    sent = [line['nic_details'][0]['tx_octets'] for line in [*lines, {**after}]]
    assert sent == sorted(sent) and sent[0] < sent[-1]


@pytest.mark.slow
def test_watch_exits_when_pipe_is_closed(openstack: OpenStackClient, busy_guest: Guest) -> None:
    # The next sample is due in an hour: the command must notice the closed pipe before.
    command = [*_watch_command(openstack, busy_guest, '3600'), '-f', 'json', '-c', 'state']
    done = subprocess.run(
        ['bash', '-c', '"$@" | head -1; echo "${PIPESTATUS[*]}"', 'bash', *command],
        env=openstack.environment, capture_output=True, text=True, timeout=120, check=False)
    line, codes = done.stdout.splitlines()
    assert (codes, done.stderr) == ('0 0', '')
    assert list(json.loads(line)) == ['timestamp', 'server_id', 'state']


@pytest.mark.slow
def test_watch_exits_cleanly_on_sigterm(openstack: OpenStackClient, busy_guest: Guest) -> None:
    watching = _start_piped(_watch_command(openstack, busy_guest, '30'), openstack)
    assert watching.stdout is not None
    assert watching.stdout.readline()
    watching.terminate()
    assert watching.communicate(timeout=60) == ('', '')
    assert watching.returncode == 0


@pytest.mark.slow
def test_watch_fails_when_server_is_deleted(openstack: OpenStackClient, api: Api) -> None:
    guest = Guest.boot(api, host=PLUGIN_HOST, name='short-lived', wait=False)
    try:
        guest.wait_status('ACTIVE')
        with Terminal(_watch_command(openstack, guest, '0.5'), openstack.environment) as terminal:
            terminal.wait_row('memory')
            guest.delete()
            assert terminal.wait_exit() == 1
            before, _, after = terminal.received.partition(RESTORE_SCREEN)
            assert b'\x1b[?1049h' in before
            assert f'{guest.id} could not be found. (HTTP 404)' in after.decode()
            assert b'Traceback' not in after
    finally:
        guest.delete()
