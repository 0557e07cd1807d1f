# SPDX-License-Identifier: Apache-2.0
"""Utilisation and rates: the difference between two readings of a guest's counters.

A thread in nova-compute notes the counters of the running guests at regular intervals, without
needing an answer from any guest. A request takes a third reading and compares it with the latest
note that is old enough. Where there is none yet, it waits one short window and reads again.
"""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import Optional

from nova_ext.concurrency import periodic

#: The shortest window, in seconds, that gives a fair figure: CPU times advance in steps of 10 ms.
SHORTEST_WINDOW = 0.5

#: Seconds between two rounds while libvirt does not answer, unless the interval is longer.
LONGEST_PAUSE = 60.0

#: A note older than this many intervals says nothing about the guest now.
_LONGEST_WINDOW_INTERVALS = 3


@dataclasses.dataclass(frozen=True)
class Sample:
    """A guest's counters at one moment."""

    #: Monotonic time in seconds.
    taken: float
    #: Names the guest's run: another one means that it was restarted.
    run: Hashable
    #: CPU time in nanoseconds by vCPU; empty while the guest does not run.
    cpu_times: dict[int, int]
    #: Counters by the driver's names (of libvirt ``rx.bytes``) by the NIC's device.
    nics: dict[str, dict[str, int]]
    #: Monotonic time of ``nics`` where those of many guests were read before; None: ``taken``.
    nics_taken: Optional[float] = None

    @property
    def nics_read(self) -> float:
        """When the counters of the NICs were read."""
        return self.taken if self.nics_taken is None else self.nics_taken


class Window:
    """The time between two samples of one guest."""

    def __init__(self, first: Sample, last: Sample) -> None:
        self._first = first
        #: The sample at its end.
        self.last = last

    @property
    def is_empty(self) -> bool:
        """Whether it has no length, and tells nothing."""
        return self._first is self.last

    def utilisation(self, vcpu: int) -> Optional[int]:
        """Percent of a host CPU that the vCPU used, 0 to 100; None when it is not known."""
        rate = _rate(self._first.cpu_times.get(vcpu), self.last.cpu_times.get(vcpu),
                     self.last.taken - self._first.taken)
        return None if rate is None else min(100, round(rate / 1e7))

    def octet_rate(self, device: Optional[str], counter: str) -> Optional[int]:
        """Octets per second of a NIC's counter; None when it is not known.

        :param device: the NIC's device
        :param counter: its name
        """
        first, last = (sample.nics.get(device or '', {}) for sample in (self._first, self.last))
        rate = _rate(first.get(counter), last.get(counter),
                     self.last.nics_read - self._first.nics_read)
        return None if rate is None else round(rate)


class Sampler:
    """Keeps the last samples of every guest of the host."""

    def __init__(
            self, interval: float, sample_all: Callable[[], Iterable[tuple[str, Sample]]]) -> None:
        """Make a sampler.

        :param interval: seconds between two rounds
        :param sample_all: gives the UUID and a fresh sample of each running guest
        """
        self._interval = interval
        self._sample_all = sample_all
        self._lock = threading.Lock()
        self._samples: dict[str, collections.deque[Sample]] = {}
        self._rounds = periodic.PeriodicTask(
            'sampler', interval, self.sample_once, longest_pause=LONGEST_PAUSE)

    def start(self) -> None:
        """Begin taking samples in the background."""
        self._rounds.start()

    def stop(self) -> None:
        """End it, within one round."""
        self._rounds.stop()

    def window(self, uuid: str, now: Sample, sample_again: Callable[[], Sample]) -> Window:
        """A window that ends now, or :data:`SHORTEST_WINDOW` seconds later.

        :param uuid: the guest
        :param now: a sample of it that was just taken
        :param sample_again: takes another one; called only when no note of the guest is of use
        """
        first = self._reference(uuid, now)
        if first is not None:
            return Window(first, now)
        self._note(uuid, now)
        time.sleep(SHORTEST_WINDOW)
        return _between(now, sample_again())

    def windows(
            self, now: Mapping[str, Sample],
            sample_again: Callable[[Collection[str]], Mapping[str, Sample]]) -> dict[str, Window]:
        """As :meth:`window`, of many guests, which wait together if any has to.

        :param now: a sample of each guest that was just taken, by UUID
        :param sample_again: takes others, of some of the guests; it may leave out any
        """
        found = {uuid: Window(self._reference(uuid, sample) or sample, sample)
                 for uuid, sample in now.items()}
        fresh = [uuid for uuid, window in found.items() if window.is_empty]
        if not fresh:
            return found
        for uuid in fresh:
            self._note(uuid, now[uuid])
        time.sleep(SHORTEST_WINDOW)
        for uuid, last in sample_again(fresh).items():
            found[uuid] = _between(now[uuid], last)
        return found

    def _reference(self, uuid: str, last: Sample) -> Optional[Sample]:
        """The latest note that is old enough, recent enough and of the same run."""
        longest = self._interval * _LONGEST_WINDOW_INTERVALS
        with self._lock:
            for sample in reversed(self._samples.get(uuid, ())):
                if (SHORTEST_WINDOW <= last.taken - sample.taken <= longest
                        and sample.run == last.run):
                    return sample
        return None

    def _note(self, uuid: str, sample: Sample) -> None:
        with self._lock:
            self._samples.setdefault(uuid, collections.deque(maxlen=2)).append(sample)

    def sample_once(self) -> None:
        """One round: note every running guest and forget those that have gone."""
        seen = set()
        for uuid, sample in self._sample_all():
            seen.add(uuid)
            self._note(uuid, sample)
        with self._lock:
            for uuid in self._samples.keys() - seen:
                del self._samples[uuid]


def _between(first: Sample, last: Sample) -> Window:
    """The window between two samples; of no length when the guest was restarted meanwhile."""
    return Window(first if last.run == first.run else last, last)


def _rate(first: Optional[int], last: Optional[int], seconds: float) -> Optional[float]:
    """Increase per second. A counter that went back tells nothing."""
    if first is None or last is None or last < first or seconds <= 0:
        return None
    return (last - first) / seconds
