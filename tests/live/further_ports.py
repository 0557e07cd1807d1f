# SPDX-License-Identifier: Apache-2.0
"""The serial ports of a guest behind the first: what it prints there, and what is logged of it."""

from __future__ import annotations

import pathlib
import re

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from tests.live.console_log import LINE_LENGTH, describe_gaps, line_numbers, log_files
from tests.live.console_offsets import HEADERS, read_all


class SecondPort:
    """The second serial port of a guest, on which it prints numbered lines."""

    def __init__(self, api: Api, guest: Guest) -> None:
        self.api = api
        self.guest = guest
        #: The number of the last line that was printed.
        self.last = 0

    def print(self, count: int) -> None:
        """Print lines on this port and wait until they are in its log."""
        print_on(self.guest, 1, count, self.last + 1)
        self.last += count
        wait_logged(self.api, self.guest, self.last)

    def read(self) -> str:
        """What the API has of its log, from offset 0 on."""
        begins, text = read_all(self.api, self.guest, port=1)
        assert begins == 0
        return text

    def check(self) -> None:
        """Check that the API has each line once, and that these are the bytes of the files."""
        text = self.read()
        found = line_numbers(text.replace('\r', ''))
        assert found == list(range(1, self.last + 1)), describe_gaps(found)
        assert text.encode() == b''.join(
            file.read_bytes() for file in log_files(log_of(self.guest, 1)))


def print_on(guest: Guest, port: int, count: int, first: int = 1) -> None:
    """Have a guest print numbered lines on a serial port."""
    assert guest.ask(
        f'sh print_lines {count} {LINE_LENGTH} {first} >/dev/ttyS{port}') == '0'


def wait_logged(api: Api, guest: Guest, last: int) -> str:
    """Wait until all that was printed on the second port is in its log, which is returned."""
    def read() -> str:
        text = read_all(api, guest, port=1)[1]
        return text if f'n={last:06d} ' in text and text.endswith(' done\r\n') else ''

    return str(wait_for(f'line {last}', read))


def log_of(guest: Guest, port: int) -> pathlib.Path:
    """The log of a serial port after the first, as a file of this machine."""
    return guest.console_log().with_name(f'console.log-port{port}')


def logged(guest: Guest) -> list[bool]:
    """Of each serial port of a guest, whether it is logged."""
    return ['<log ' in port for port in re.findall(
        r"<serial type='tcp'>.*?</serial>", guest.xml(), re.DOTALL)]


def status(api: Api, guest: Guest, port: int) -> int:
    """The status of the API's answer about the log of a serial port."""
    return int(api.request('GET', f'/servers/{guest.id}/console-log?port={port}',
                           headers=HEADERS).status_code)
