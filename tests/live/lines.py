# SPDX-License-Identifier: Apache-2.0
"""Lines that a guest numbers and prints, and what becomes of them."""

from __future__ import annotations

import pathlib
import re
import time

from sandbox.client.api import Api
from sandbox.client.guest import Guest

#: Characters of a line.
WIDTH = 64

#: How much of a longer log the API returns: 100 KiB, but for characters that it leaves out.
_AT_LEAST = 95 * 1024

#: What virtlogd keeps in the sandbox, beside the newest file.
KEPT = 3 * 128 * 1024

_FILLER = ('abcdefghijklmnopqrstuvwxyz0123456789' * 3)
_PART_OF_ONE = re.compile(r'n=\d{6}|bcdefgh|3456789a')


class NumberedLines:
    """A guest that prints them; numbers go on, whatever happens to the guest."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        #: The number of the oldest line that has to be there, as long as there is room for it.
        self.first = 1
        #: The number of the last line that it was told to print.
        self.last = 0

    def print(self, count: int) -> None:
        """Have so many printed, and wait for it."""
        self.guest.ask(f'lines {count} {WIDTH} {self.last + 1}')
        self.last += count

    def flood(self, count: int) -> None:
        """Have so many printed, without pause and without waiting for it."""
        self.guest.ask(f'flood {count} {WIDTH} {self.last + 1}')
        self.last += count

    def check(self, *, to_the_end: bool = True, timeout: float = 180) -> str:
        """See that the API answers with the newest lines, each once and whole.

        :param to_the_end: wait until the last is there, too
        :param timeout: seconds to wait for it
        :returns: the answer
        """
        deadline = time.monotonic() + timeout
        while True:
            text = output(self.guest.api, self.guest)
            last = self._check_answer(text)
            if last == self.last or not to_the_end:
                return text
            assert time.monotonic() < deadline, f'line {last} of {self.last} is the last'
            time.sleep(0.3)

    def check_while_it_migrates(self) -> None:
        """See that every answer has the newest lines, until the guest has arrived.

        Only while the server is between the hosts there may be none.
        """
        while self.guest.show()['status'] == 'MIGRATING':
            answer = self.guest.api.request(
                'POST', f'/servers/{self.guest.id}/action', body={'os-getConsoleOutput': {}})
            if answer.status_code == 404:
                assert 'on its way to another host' in answer.text
            else:
                assert answer.ok, answer.text
                self._check_answer(answer.json()['output'])

    def _check_answer(self, text: str) -> int:
        """The number of the last line in an answer, in which all before it has to be."""
        found = numbers(text)
        assert found == list(range(found[0], found[-1] + 1)), gaps(found)
        long = len(text) + text.count('\n') > _AT_LEAST
        assert long or found[0] <= self.first, f'the first line of a short log is {found[0]}'
        return found[-1]

    def check_files(self, path: pathlib.Path | None = None, *, at_least: int = KEPT) -> None:
        """See that the files hold the newest lines, each once and whole, to the end.

        :param path: of the newest file
        :param at_least: bytes that have to be there, unless all lines are
        """
        text = b''.join(file.read_bytes() for file in files(path or self.guest.console_log()))
        found = numbers(text.decode(errors='replace').replace('\r', ''))
        assert found == list(range(found[0], self.last + 1)), gaps(found)
        assert found[0] <= self.first or len(text) >= at_least, len(text)


def output(api: Api, guest: Guest, **arguments: int) -> str:
    """What the API returns of a guest's console log."""
    return str(api.call('POST', f'/servers/{guest.id}/action', {
        'os-getConsoleOutput': arguments})['output'])


def serial_port(guest: Guest) -> tuple[str, str] | None:
    """Of a guest's first serial port the type, and ``append`` of its log; None: no log."""
    found = re.search(r"<serial type='(\w+)'>.*?<log [^>]*append='(\w+)'/>.*?</serial>",
                      guest.xml(), re.DOTALL)
    return (found.group(1), found.group(2)) if found else None


def migrate(guest: Guest, number: int) -> None:
    """Have a running guest migrate to another host."""
    guest.act('os-migrateLive', {'host': f'stack{number}', 'block_migration': 'auto'},
              until='ACTIVE')
    assert guest.host.number == number


def files(newest: pathlib.Path) -> list[pathlib.Path]:
    """The files of a console log, oldest first."""
    older = [newest.with_name(f'{newest.name}.{number}') for number in range(10)]
    return [file for file in (*reversed(older), newest) if file.exists()]


def numbers(text: str) -> list[int]:
    """The numbers of the lines in a text, whose first and last line may be cut.

    A line that is torn anywhere else fails the test.
    """
    first, *others = text.split('\n')
    found = []
    for line in (first, *others[:-1]):
        if _PART_OF_ONE.search(line):
            number = int(line[2:8]) if re.match(r'n=\d{6} ', line) else -1
            if line == f'n={number:06d} {_FILLER}'[:WIDTH]:
                found.append(number)
            else:
                assert line is first, f'{line!r} is torn'
    assert found, f'there is no line in {text[-200:]!r}'
    return found


def gaps(found: list[int]) -> str:
    """Where numbers do not follow each other."""
    return ', '.join(f'{one} is followed by {other}' for one, other in zip(found, found[1:])
                     if other != one + 1)
