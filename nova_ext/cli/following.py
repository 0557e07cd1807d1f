# SPDX-License-Identifier: Apache-2.0
"""Prints what is new in a console log, again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, Optional, TextIO

from nova_ext.cli import client, exceptions, log_text

#: Bytes of an answer at most, and how many of the newest are searched for some lines at first.
LIMIT = 1024 * 1024
_SEARCHED = (64 * 1024, LIMIT)

#: The numbers of the serial ports that a server may have.
PORTS = range(4)

#: An offset that no log reaches.
_BEYOND = 2 ** 53 - 1

#: Seconds between two requests: while there is something new, and when there was nothing for long.
_SHORTEST, _LONGEST = 1.0, 5.0

#: Seconds for which a log may be missing: before anything of it was read, and while its server is
#: on its way to another host.
_PATIENCE_AT_FIRST, PATIENCE = 60.0, 900.0

_DELETED = 'The server has been deleted.'

#: Takes an offset and a limit, and returns the API's answer.
Ask = Callable[[int, int], client.Body]


class _Last(NamedTuple):
    """The last lines of a part of the log."""

    text: str
    #: The offset behind them.
    next: int
    #: Whether there are as many as were asked for, or all that are kept.
    is_enough: bool


class Follower:
    """Follows one log."""

    def __init__(
            self, ask: Ask, is_deleted: Callable[[], bool], write: Callable[[str], None],
            tell: Callable[[str], None], wait: Callable[[float], bool]) -> None:
        """Know what to follow.

        :param is_deleted: tells whether the server is gone for good
        :param write: prints a part of the log
        :param tell: tells the person something about it
        :param wait: waits so many seconds, and tells whether to go on
        """
        self._request = ask
        self._is_deleted = is_deleted
        self._write = write
        self._tell = tell
        self._wait = wait
        self._patience = _PATIENCE_AT_FIRST

    def run(self, lines: int) -> None:
        """Print the last lines, then what is new, until the server is deleted or it is enough.

        :param lines: how many of those that are there
        :raises nova_ext.cli.exceptions.ClientError: the log cannot be read any more
        """
        place = self._print_last(lines)
        pause = _SHORTEST
        while place is not None and self._wait(pause):
            pause = min(pause * 1.5, _LONGEST)
            while True:
                answer = self._ask(place, LIMIT)
                if answer is None:
                    return
                place = self._print(answer, place)
                if not answer['text']:
                    # Who may read what is kept of a deleted server is not told by a 404.
                    if pause == _LONGEST and self._is_deleted():
                        self._print_end(place)
                        return
                    break
                pause = _SHORTEST
                if len(answer['text']) * 4 < LIMIT:  # there is hardly more by now
                    break

    def _print(self, answer: client.Body, place: int) -> int:
        """Print a part of the log; return where the next begins.

        :param place: where this one should begin
        """
        if answer['start'] > place:
            self._tell('Some output is no longer available; continuing after the gap.')
        elif answer['next'] < place:
            self._tell('The log has begun anew.')
        if answer['text']:
            self._write(answer['text'])
        return int(answer['next'])

    def _print_end(self, place: int) -> None:
        """Print what a deleted server printed from an offset on, as far as that is kept."""
        answer = self._ask(place, LIMIT)
        if answer is not None:
            self._print(answer, place)
            self._tell(_DELETED)

    def _print_last(self, lines: int) -> Optional[int]:
        """Print the last lines; return the offset behind them, or None if that was all."""
        found = self._ask(_BEYOND, 1)
        if found is None or not lines:
            return None if found is None else int(found['next'])
        end = int(found['next'])  # what is printed meanwhile is not waited for
        for size in (*_SEARCHED, end):
            last = self._read(max(0, end - size), end, lines)
            if last is None or last.is_enough:
                break
        if last is None:
            return None
        self._write(last.text)
        return last.next

    def _read(self, start: int, end: int, lines: int) -> Optional[_Last]:
        """The last lines between two offsets; None: the server has been deleted."""
        text, place, is_enough = '', start, False
        while place < end:
            # One answer has what is together. Behind what is missing there may be more.
            found = self._ask(place, LIMIT)
            if found is None:
                return None
            if place == start:
                is_enough = found['start'] <= found['oldest']
            place, text = int(found['next']), text + found['text']
            is_enough = is_enough or text.count('\n') > lines
            text = log_text.newest_lines(text, lines)
            if not found['text']:
                break
        return _Last(text, place, is_enough or start == 0)

    def _ask(self, start: int, limit: int) -> Optional[client.Body]:
        """An answer, as soon as there is one; None: that was all.

        :raises nova_ext.cli.exceptions.ClientError: there is none, and waiting does not help
        """
        end: Optional[float] = None
        told = ''
        pause = _SHORTEST
        while True:
            try:
                answer = self._request(start, limit)
            except exceptions.ClientError as error:
                is_missing = isinstance(error, exceptions.Refused) and error.status == 404
                if is_missing and self._is_deleted():
                    self._tell(_DELETED)
                    return None
                end = end or time.monotonic() + self._patience
                if not (error.temporary or is_missing) or time.monotonic() > end:
                    raise
                if str(error) != told:
                    told = str(error)
                    self._tell(f'{told} Waiting for it.')
                if not self._wait(pause):
                    return None
                pause = min(pause * 1.5, _LONGEST)
            else:
                self._patience = PATIENCE
                return answer


def make_follower(
        nova_ext: client.Client, server_id: str, output: TextIO, errors: TextIO,
        wait: Callable[[float], bool], port: int) -> Follower:
    """What follows the log of a server.

    :param wait: as for :class:`Follower`
    :param port: the number of the serial port
    """
    def is_deleted() -> bool:
        try:
            nova_ext.find_server(server_id)
        except exceptions.NoSuchServer:
            return True
        except exceptions.ClientError:
            pass
        return False

    def tell(text: str) -> None:
        errors.write(f'{text}\n')
        errors.flush()

    def ask(start: int, limit: int) -> client.Body:
        return nova_ext.transport.get(
            client.CONSOLE_LOG.format(server_id=server_id),
            nova_ext.negotiate(client.CONSOLE_LOG),
            {'start': start, 'limit': limit, 'port': port})

    return Follower(ask, is_deleted, lambda text: log_text.write(output, text), tell, wait)
