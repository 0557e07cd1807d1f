# SPDX-License-Identifier: Apache-2.0
"""Numbered lines printed by a guest, and checks that its console log has all of them."""

from __future__ import annotations

import contextlib
import pathlib
import re
import time
from collections.abc import Iterator

from sandbox import state
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.contained import containers

#: Characters per line.
LINE_LENGTH = 64

#: Of a longer log the API returns the last 100 KiB, less the characters that it removes.
_MIN_API_SIZE = 95 * 1024

#: Bytes that virtlogd of the sandbox keeps in rotated files (max_backups * max_size).
ROTATED_SIZE = 3 * 128 * 1024

_FILLER = ('abcdefghijklmnopqrstuvwxyz0123456789' * 3)
_PART_OF_LINE = re.compile(r'n=\d{6}|bcdefgh|3456789a')


class NumberedLines:
    """Makes a guest print numbered lines, and checks its console log for them.

    The numbers continue across reboots and migrations of the guest.
    """

    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        #: The number of the oldest line that the log must still have, unless it was rotated out.
        self.first = 1
        #: The number of the last line that the guest was asked to print.
        self.last = 0

    def print(self, count: int) -> None:
        """Print that many lines and wait until the guest has printed them."""
        self.guest.ask(f'lines {count} {LINE_LENGTH} {self.last + 1}')
        self.last += count

    def flood(self, count: int) -> None:
        """Start to print that many lines without a pause, and do not wait."""
        self.guest.ask(f'flood {count} {LINE_LENGTH} {self.last + 1}')
        self.last += count

    def check_output(self, *, wait_for_last: bool = True, timeout: float = 180) -> str:
        """Check that the API returns the newest lines, each of them whole and once.

        :param wait_for_last: repeat until the last line is in the output
        :param timeout: seconds to wait for the last line
        :returns: the console output
        """
        deadline = time.monotonic() + timeout
        while True:
            text = get_console_output(self.guest.api, self.guest)
            last = self._check_lines(text)
            if last == self.last or not wait_for_last:
                return text
            assert time.monotonic() < deadline, (
                f'the output ends with line {last}, expected {self.last}')
            time.sleep(0.3)

    def check_output_during_migration(self) -> None:
        """Check every console output that the API returns until the live migration ends.

        The API may return 404 while the guest switches from one host to the other.
        """
        while self.guest.show()['status'] == 'MIGRATING':
            answer = self.guest.api.request(
                'POST', f'/servers/{self.guest.id}/action', body={'os-getConsoleOutput': {}})
            if answer.status_code == 404:
                assert 'on its way to another host' in answer.text
            else:
                assert answer.ok, answer.text
                self._check_lines(answer.json()['output'])

    def _check_lines(self, text: str) -> int:
        """Check that no line is missing between the first and the last; return the last number."""
        found = line_numbers(text)
        assert found == list(range(found[0], found[-1] + 1)), describe_gaps(found)
        is_truncated = len(text) + text.count('\n') > _MIN_API_SIZE
        assert is_truncated or found[0] <= self.first, (
            f'the output is short, but begins with line {found[0]}')
        return found[-1]

    def check_files(
            self, path: pathlib.Path | None = None, *, at_least: int = ROTATED_SIZE) -> None:
        """Check that the log files hold the newest lines up to the last, whole and once.

        :param path: the current log file; default: console.log of the instance
        :param at_least: bytes that the files must hold if they do not begin with the first line
        """
        text = b''.join(
            file.read_bytes() for file in log_files(path or self.guest.console_log()))
        found = line_numbers(text.decode(errors='replace').replace('\r', ''))
        assert found == list(range(found[0], self.last + 1)), describe_gaps(found)
        assert found[0] <= self.first or len(text) >= at_least, len(text)


def get_console_output(api: Api, guest: Guest, **arguments: int) -> str:
    """What the API returns for os-getConsoleOutput."""
    return str(api.call('POST', f'/servers/{guest.id}/action', {
        'os-getConsoleOutput': arguments})['output'])


def serial_port(guest: Guest) -> tuple[str, str] | None:
    """Type of the first serial port in the domain XML, and ``append`` of its log; None: no log."""
    found = re.search(r"<serial type='(\w+)'>.*?<log [^>]*append='(\w+)'/>.*?</serial>",
                      guest.xml(), re.DOTALL)
    return (found.group(1), found.group(2)) if found else None


def port_after_start(guest: Guest) -> tuple[str, str]:
    """What :func:`serial_port` returns of a guest that was started on the host where it is now.

    Its log goes on where nova-compute knows that virtlogd writes it.
    """
    cloud = state.require()
    host = cloud.hosts[guest.host.number - 1]
    is_known = not cloud.options.contained_on(host.number) or containers.has_host_pids(host)
    return ('tcp', 'on' if is_known else 'off')


def live_migrate(guest: Guest, number: int) -> None:
    """Live-migrate a guest to the host with that number, and wait until it is there."""
    guest.act('os-migrateLive', {'host': f'stack{number}', 'block_migration': 'auto'},
              until='ACTIVE')
    assert guest.host.number == number


def log_files(current: pathlib.Path) -> list[pathlib.Path]:
    """The rotated files of a console log and its current file, oldest first."""
    rotated = [current.with_name(f'{current.name}.{number}') for number in (*range(10), 999)]
    return [file for file in (*reversed(rotated), current) if file.exists()]


def line_numbers(text: str) -> list[int]:
    """The numbers of the lines in a text, of which the first and the last may be cut off.

    Any other line that is incomplete fails the test.
    """
    first, *others = text.split('\n')
    found = []
    for line in (first, *others[:-1]):
        if _PART_OF_LINE.search(line):
            number = int(line[2:8]) if re.match(r'n=\d{6} ', line) else -1
            if line == f'n={number:06d} {_FILLER}'[:LINE_LENGTH]:
                found.append(number)
            else:
                assert line is first, f'{line!r} is incomplete'
    assert found, f'no numbered line in {text[-200:]!r}'
    return found


def describe_gaps(found: list[int]) -> str:
    """Where the numbers are not consecutive."""
    return ', '.join(f'{one} is followed by {other}' for one, other in zip(found, found[1:])
                     if other != one + 1)


@contextlib.contextmanager
def log_moved_away(guest: Guest) -> Iterator[pathlib.Path]:
    """Rename the files of a guest's console log for a while; return the path of the log."""
    log = guest.console_log()
    aside = [(file, file.with_name(f'{file.name}-aside')) for file in log_files(log)]
    for file, other in aside:
        file.rename(other)
    try:
        yield log
    finally:
        for file, other in aside:
            other.rename(file)
