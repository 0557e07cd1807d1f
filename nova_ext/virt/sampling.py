# SPDX-License-Identifier: Apache-2.0
"""Utilisation and rates: the difference between two looks at a guest's counters.

A thread in nova-compute notes the counters of the running guests at regular intervals, without
needing an answer from any guest. A request takes a third look and compares it with the latest
note that is old enough. Where there is none yet, it waits one short window and looks again.
"""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
from collections.abc import Callable, Hashable, Iterable
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


class Window:
    """The time between two samples of one guest."""

    def __init__(self, first: Sample, last: Sample) -> None:
        self._first = first
        #: The sample at its end.
        self.last = last
        self._seconds = last.taken - first.taken

    def utilisation(self, vcpu: int) -> Optional[int]:
        """Percent of a host CPU that the vCPU used, 0 to 100; None when it is not known."""
        rate = self._rate(self._first.cpu_times.get(vcpu), self.last.cpu_times.get(vcpu))
        return None if rate is None else min(100, round(rate / 1e7))

    def octet_rate(self, device: Optional[str], counter: str) -> Optional[int]:
        """Octets per second of a NIC's counter; None when it is not known.

        :param device: the NIC's device
        :param counter: its name
        """
        first, last = (sample.nics.get(device or '', {}) for sample in (self._first, self.last))
        rate = self._rate(first.get(counter), last.get(counter))
        return None if rate is None else round(rate)

    def _rate(self, first: Optional[int], last: Optional[int]) -> Optional[float]:
        """Increase per second. A counter that went back tells nothing."""
        if first is None or last is None or last < first or self._seconds <= 0:
            return None
        return (last - first) / self._seconds


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

    def window(self, uuid: str, now: Sample, look: Callable[[], Sample]) -> Window:
        """A window that ends now, or :data:`SHORTEST_WINDOW` seconds later.

        :param uuid: the guest
        :param now: a sample of it that was just taken
        :param look: takes another one; called only when no note of the guest is of use
        """
        first = self._reference(uuid, now)
        if first is not None:
            return Window(first, now)
        self._note(uuid, now)
        time.sleep(SHORTEST_WINDOW)
        last = look()
        # Restarted meanwhile: a window of no length tells nothing.
        return Window(now if last.run == now.run else last, last)

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
