# SPDX-License-Identifier: Apache-2.0
"""A log that is followed while anything happens to it that may happen to a log."""

from __future__ import annotations

import contextlib
import tempfile
import types
from pathlib import Path
from unittest import mock

import hypothesis
from hypothesis import stateful, strategies

from nova_ext.virt import capabilities
from nova_ext.virt.libvirt.console import counted, extents, history, offsets
from tests.unit import base
from tests.unit.virt.libvirt.console import counted_hosts as hosts

#: So many bytes go with the guest.
LIMITS = strategies.sampled_from([7, 60, 10_000])


class FollowedLog(stateful.RuleBasedStateMachine):
    """What is printed of the log, by offset, compared with what the guest has printed."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        self._directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._beginnings = 0
        self._stack.enter_context(mock.patch.object(extents, 'beginning', self._begin))
        self._stack.enter_context(mock.patch.object(
            history, 'time', types.SimpleNamespace(sleep=lambda _: None)))
        self._made = 0
        self._written = 0
        #: The offset from which the log is followed, and the last character that was printed.
        self._next = 0
        self._last = -1
        self._told = False
        #: Every byte that was ever read, by its offset.
        self._bytes: dict[int, int] = {}

    def teardown(self) -> None:
        self._stack.close()

    def _begin(self) -> int:
        self._beginnings += 10 ** 9
        return self._beginnings

    def _make_host(self) -> hosts.Host:
        self._made += 1
        return hosts.Host(self._directory / str(self._made), self._size, self._backups)

    @stateful.initialize(size=strategies.sampled_from([10, 31, 64, 1000]),
                         backups=strategies.integers(1, 4))
    def boot(self, size: int, backups: int) -> None:
        self._size, self._backups = size, backups
        self.host = self._make_host()
        self.host.start(first=True)

    @stateful.rule(count=strategies.integers(1, 40))
    def print(self, count: int) -> None:
        self.host.write(''.join(
            hosts.character(self._written + number) for number in range(count)).encode())
        self._written += count

    @stateful.rule()
    def look(self) -> None:
        offsets.note_all([self.host.path])

    @stateful.rule(limit=strategies.sampled_from([1, 3, 4, 50, 10_000]))
    def follow(self, limit: int) -> None:
        part = self._read(self._next, limit)
        if part is None:
            return
        assert part.next >= self._next, 'offsets go back'
        self._told |= part.start > self._next
        found = hosts.numbers(part.data.decode('utf-8', 'replace'))
        if found:
            missing = set(range(self._last + 1, found[0]))
            assert found == list(range(found[0], found[0] + len(found)))
            assert found[0] > self._last, 'a character is printed twice'
            assert not missing or self._told, 'nobody is told what is missing'
            assert not missing & self._printed, 'something is left out that is there'
            self._last = found[-1]
            self._told = False
        self._next = part.next

    @stateful.rule(start=strategies.integers(-200, 2000), limit=strategies.integers(1, 200))
    def read(self, start: int, limit: int) -> None:
        part = self._read(start, limit)
        if part is not None and start >= 0:
            assert part.start >= min(start, part.next)

    @stateful.rule()
    def read_all(self) -> None:
        start = 0
        while True:
            part = self._read(start, 100)
            if part is None or not part.data:
                break
            start = part.next

    def _read(self, start: int, limit: int) -> capabilities.LogPart | None:
        self._printed = self.host.printed()
        try:
            part = offsets.read(self.host.path, start, limit)
        except FileNotFoundError:
            assert not self._printed
            return None
        assert part.next == part.start + len(part.data)
        assert part.oldest <= part.start
        assert len(part.data) <= max(limit, 3)
        for place, byte in enumerate(part.data, part.start):
            assert self._bytes.setdefault(place, byte) == byte, 'an offset is used twice'
        return part

    @stateful.rule(how=strategies.sampled_from(['on', 'anew', 'empty']), kept=LIMITS)
    def restart(self, how: str, kept: int) -> None:
        self._start(how, kept)

    def _start(self, how: str, kept: int) -> None:
        if how == 'on':
            self.host.start()
        elif how == 'anew':
            self.host.start_anew(kept)
        else:
            self.host.start_empty()

    @stateful.rule(limit=LIMITS, meanwhile=strategies.integers(0, 20),
                   arrives=strategies.booleans())
    def migrate_live(self, limit: int, meanwhile: int, arrives: bool) -> None:
        source, self.host = self.host, self._make_host()
        self.print(meanwhile)
        sent = source.send(limit)
        if arrives and (sent.data or sent.spans):
            self.host.take(sent)
        source.remove()

    @stateful.rule(limit=LIMITS, printed=strategies.integers(0, 40), arrives=strategies.booleans(),
                   reverted=strategies.booleans(), read=strategies.booleans(),
                   returns=strategies.booleans(),
                   how=strategies.sampled_from(['on', 'anew', 'empty']))
    def resize(self, limit: int, printed: int, arrives: bool, reverted: bool, read: bool,
               returns: bool, how: str) -> None:
        source, self.host = self.host, self._make_host()
        sent = source.send(limit)
        if arrives and (sent.data or sent.spans):
            self.host.take(sent)
        self._start(how, limit)
        self.print(printed)
        if read:
            self.follow(10_000)
        if reverted:
            sent = self.host.send(limit, back=True)
            self.host.remove()
            self.host = source
            if returns and (sent.data or sent.spans):
                counted.append(self.host.path, sent.data, sent.spans)
            self.host.start()
        else:
            source.remove()

    @stateful.rule()
    def evacuate(self) -> None:
        self.host = self._make_host()
        self.host.start()


FollowedLog.TestCase.settings = hypothesis.settings(
    max_examples=40, stateful_step_count=30, deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck))


class TestFollowedLog(base.TestCase):
    def test_each_byte_is_read_once_and_has_one_offset(self) -> None:
        stateful.run_state_machine_as_test(
            FollowedLog, settings=FollowedLog.TestCase.settings)
