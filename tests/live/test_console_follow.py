# SPDX-License-Identifier: Apache-2.0
"""``openstack server console log follow``: of 20,000 lines none is lost and none twice."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator

import pytest

from sandbox.client.api import wait_for
from sandbox.client.guest import Guest
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import NumberedLines, describe_gaps, line_numbers
from tests.live.openstack_client import OpenStackClient

pytestmark = pytest.mark.usefixtures('stock_host_disabled')

#: Seconds until what was printed is followed.
_PATIENCE = 180


class Following:
    """The command while it runs, and what it has printed."""

    def __init__(self, guest: Guest, *words: str) -> None:
        client = OpenStackClient()
        self._output = tempfile.TemporaryFile()
        self._errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            client.command('server', 'console', 'log', 'follow', guest.id, *words),
            env=client.environment, stdout=self._output, stderr=self._errors)

    def wait_begun(self) -> None:
        """Wait until it has printed what there was before."""
        wait_for('the lines that are there', self.text, _PATIENCE)

    def text(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors='replace').replace('\r', '')

    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode()

    def check(self, lines: NumberedLines) -> None:
        """Wait for the last line; each up to it must be there once, in order."""
        wait_for(f'line {lines.last}', lambda: f'n={lines.last:06d} ' in self.text(), _PATIENCE)
        time.sleep(1)
        found = line_numbers(self.text() + '\n')
        assert found == list(range(1, lines.last + 1)), describe_gaps(found)
        assert 'not kept' not in self.errors(), self.errors()


@pytest.fixture(scope='module')
def lines(boot: Callable[..., Guest]) -> Iterator[NumberedLines]:
    yield NumberedLines(boot(host=PLUGIN_HOST))


@pytest.fixture(scope='module')
def following(lines: NumberedLines) -> Iterator[Following]:
    following = Following(lines.guest)
    following.wait_begun()
    yield following
    if following.process.poll() is None:
        following.process.kill()
        following.process.wait()


def flood(lines: NumberedLines, count: int) -> None:
    """Print lines, in portions that the log keeps until they are followed."""
    for _ in range(count // 1000):
        lines.print(1000)


@pytest.mark.slow
def test_lines_are_followed_through_stop_and_reboot(
        lines: NumberedLines, following: Following) -> None:
    guest = lines.guest
    flood(lines, 2000)
    guest.act('os-stop', until='SHUTOFF')
    guest.act('os-start', until='ACTIVE')
    guest.wait_ready()
    flood(lines, 2000)
    for kind in ('SOFT', 'HARD'):
        guest.act('reboot', {'type': kind}, until='ACTIVE')
        guest.wait_ready()
        flood(lines, 1000)
    following.check(lines)


@pytest.mark.slow
def test_lines_are_followed_through_resize_and_revert(
        lines: NumberedLines, following: Following) -> None:
    guest = lines.guest
    for end in ('revertResize', 'confirmResize'):
        guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
        guest.wait_ready()
        flood(lines, 2000)
        guest.act(end, until='ACTIVE')
        guest.wait_ready()
        flood(lines, 1000)
    following.check(lines)


@pytest.mark.essential
def test_lines_are_followed_through_cold_migration(
        lines: NumberedLines, following: Following) -> None:
    guest = lines.guest
    there = (PLUGIN_HOST + OTHER_PLUGIN_HOST) - guest.host.number
    guest.act('migrate', {'host': f'stack{there}'}, until='VERIFY_RESIZE')
    guest.act('confirmResize', until='ACTIVE')
    guest.wait_ready()
    flood(lines, 2000)
    following.check(lines)


@pytest.mark.slow
def test_lines_are_followed_through_live_migration_while_printing(
        lines: NumberedLines, following: Following) -> None:
    guest = lines.guest
    while lines.last < 20_000:
        there = (PLUGIN_HOST + OTHER_PLUGIN_HOST) - guest.host.number
        lines.flood(3000)
        time.sleep(0.5)
        guest.act('os-migrateLive', {'host': f'stack{there}', 'block_migration': 'auto'},
                  until='ACTIVE')
        guest.wait_settled()
        lines.check_output()
        following.check(lines)


def test_ctrl_c_ends_it_without_a_word(lines: NumberedLines) -> None:
    other = Following(lines.guest)
    wait_for('the last lines', other.text, 60)
    other.process.send_signal(signal.SIGINT)
    assert other.process.wait(10) == 0
    assert other.errors() == ''


def test_deleted_server_ends_it_with_a_sentence(
        lines: NumberedLines, following: Following) -> None:
    lines.guest.delete()
    assert following.process.wait(60) == 0
    assert following.errors().splitlines()[-1] == 'The server has been deleted.'
