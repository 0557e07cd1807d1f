# SPDX-License-Identifier: Apache-2.0
"""The figures of a server, as they were answered or as two answers tell, and their history."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any, Optional

from nova_ext.cli.watch import loop

#: What a figure is of, which one, and what of it: ``('disk', '0', 'read')``.
Key = tuple[str, str, str]

#: Answers that are remembered: more than any terminal has columns.
LENGTH = 600


class History:
    """The figures of the last answers, the newest last."""

    def __init__(self) -> None:
        self.last: Optional[loop.Answer] = None
        self._figures: collections.deque[dict[Key, Optional[float]]] = collections.deque(
            maxlen=LENGTH)

    def add(self, answer: loop.Answer) -> None:
        """Remember an answer."""
        self._figures.append(dict(figures_of(answer, self.last)))
        self.last = answer

    def miss(self) -> None:
        """Remember that there was no answer: a gap."""
        if self._figures:
            self._figures.append({})

    def keys(self) -> list[Key]:
        """What the last answer is about, in its order."""
        return [] if self.last is None else [key for key, _ in figures_of(self.last, None)]

    def series(self, key: Key, length: int) -> list[Optional[float]]:
        """The last values of a figure, None where it was not known."""
        first = max(0, len(self._figures) - length)
        return [self._figures[index].get(key) for index in range(first, len(self._figures))]


def figures_of(
        answer: loop.Answer, before: Optional[loop.Answer],
) -> Iterator[tuple[Key, Optional[float]]]:
    """The figures of an answer: the API's own where it has them, else from the answer before."""
    body = answer.body
    yield ('memory', '', 'used'), (body.get('memory_details') or {}).get('used')
    for cpu, rates in _devices('cpu_details', 'id', answer, before):
        use = cpu.get('utilisation')
        if use is None and rates['time'] is not None:
            use = min(100.0, rates['time'] / 1e7)  # nanoseconds a second, in percent
        yield ('cpu', str(cpu.get('id')), 'use'), use
    for nic, rates in _devices('nic_details', 'mac_address', answer, before):
        for way in ('rx', 'tx'):
            known = nic.get(f'{way}_rate')
            yield (('nic', str(nic.get('mac_address')), way),
                   rates[f'{way}_octets'] if known is None else known)
    for number, (_, rates) in enumerate(_devices('disk_details', None, answer, before)):
        yield ('disk', str(number), 'read'), rates['read_bytes']
        yield ('disk', str(number), 'written'), rates['write_bytes']


def _devices(
        name: str, identity: Optional[str], answer: loop.Answer, before: Optional[loop.Answer],
) -> Iterator[tuple[dict[str, Any], dict[str, Optional[float]]]]:
    """Devices with the rates of their counters.

    :param identity: the key by which a device is known again; None: its place
    """
    earlier: dict[Any, dict[str, Any]] = {}
    seconds = 0.0
    if before is not None:
        seconds = answer.clock - before.clock
        earlier = {device[identity] if identity else place: device
                   for place, device in enumerate(before.body.get(name) or [])}
    for place, device in enumerate(answer.body.get(name) or []):
        past = earlier.get(device[identity] if identity else place, {})
        yield device, {
            counter: _rate(value, past.get(counter), seconds)
            for counter, value in device.items() if counter != identity}


def _rate(now: Any, then: Any, seconds: float) -> Optional[float]:
    """What a counter has counted a second; None when it went back, as after a restart."""
    if not isinstance(now, int) or not isinstance(then, int) or now < then or seconds <= 0:
        return None
    return (now - then) / seconds
