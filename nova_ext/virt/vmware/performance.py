# SPDX-License-Identifier: Apache-2.0
"""What vCenter's performance manager has measured of a virtual machine."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional, Protocol

#: Seconds that a sample is about: vCenter keeps those of the last hour of what runs.
INTERVAL = 20

#: Milliseconds of CPU time that a vCPU used in the interval; its instances are numbers from 0.
CPU_USED = 'cpu.used.summation'

#: Octets that a NIC received and sent, in KiB/s; its instances are keys of virtual devices.
NIC_RECEIVED = 'net.bytesRx.average'
NIC_SENT = 'net.bytesTx.average'


class Figure(NamedTuple):
    """One figure of one virtual machine."""

    #: The counter's group, name and rollup type, with dots between them.
    counter: str
    #: Which of its parts it is about.
    instance: str


#: The newest sample of each figure that there is one of.
Samples = Mapping[Figure, int]


class Session(Protocol):
    """A session with vCenter: :class:`nova_ext.nova_compat.vmware.Session`."""

    @property
    def key(self) -> str:
        """Another one after each login."""

    @property
    def content(self) -> Any:
        """References to vCenter's services."""

    def make(self, kind: str, **values: Any) -> Any:
        """A data object of vSphere's."""

    def call(self, target: Any, method: str, **arguments: Any) -> Any:
        """Call a method of a managed object."""


class PerformanceManager:
    """Asks for samples. The numbers of the counters are read once for each session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._counters: Optional[tuple[str, dict[str, int]]] = None
        self._reading = threading.Lock()

    def prepare(self) -> None:
        """Read the numbers of the counters, several hundred, before anybody waits for them.

        :raises nova_ext.exception.NotResponding: vCenter refuses
        """
        self._numbers()

    def query(self, machine: Any, figures: Iterable[Figure]) -> Samples:
        """The newest sample of each figure that there is one of.

        :param machine: the reference to a virtual machine that runs
        :raises nova_ext.exception.NotResponding: vCenter refuses
        """
        numbers = self._numbers()
        names = {number: name for name, number in numbers.items()}
        wanted = [
            self._session.make('PerfMetricId', counterId=numbers[figure.counter],
                               instance=figure.instance)
            for figure in figures if figure.counter in numbers]
        if not wanted:
            return {}
        specification = self._session.make(
            'PerfQuerySpec', entity=machine, maxSample=1, metricId=wanted, intervalId=INTERVAL)
        answer = self._session.call(
            self._session.content.perfManager, 'QueryPerf', querySpec=[specification])
        return {
            Figure(names[series.id.counterId], series.id.instance): series.value[-1]
            for entity in answer or () for series in getattr(entity, 'value', None) or ()
            # -1 is a sample that was not taken.
            if getattr(series, 'value', None) and series.value[-1] >= 0}

    def _numbers(self) -> dict[str, int]:
        """The number of each counter in this vCenter."""
        with self._reading:  # once, however many want them at the same time
            key = self._session.key
            if self._counters is None or self._counters[0] != key:
                self._counters = key, self._read()
            return self._counters[1]

    def _read(self) -> dict[str, int]:
        make = self._session.make
        manager = self._session.content.perfManager
        answer = self._session.call(
            self._session.content.propertyCollector, 'RetrievePropertiesEx',
            specSet=[make(
                'PropertyFilterSpec',
                propSet=[make('PropertySpec', type='PerformanceManager', all=False,
                              pathSet=['perfCounter'])],
                objectSet=[make('ObjectSpec', obj=manager, skip=False)])],
            options=make('RetrieveOptions'))
        return {
            f'{counter.groupInfo.key}.{counter.nameInfo.key}.{counter.rollupType}': counter.key
            for found in getattr(answer, 'objects', None) or ()
            for one in getattr(found, 'propSet', None) or ()
            for counter in one.val.PerfCounterInfo}
