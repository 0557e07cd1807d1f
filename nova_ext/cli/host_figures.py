# SPDX-License-Identifier: Apache-2.0
"""What each server of a host uses, as one line of a list that is sorted by it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterable
from typing import Any, Optional

from nova_ext.cli import client
from nova_ext.cli.watch import figures, loop

Number = Optional[float]


@dataclasses.dataclass(frozen=True)
class Line:
    """A server. Figures are None where one that belongs to them is not known."""

    server_id: str
    name: str
    project_id: Optional[str]
    state: Optional[str]
    #: Whether what runs the server answered; None: the API does not say.
    responding: Optional[bool]
    #: Percent of one host CPU, of all vCPUs together.
    cpu: Number
    #: MiB.
    memory: Number
    memory_maximum: Number
    #: Octets per second, of all NICs together, as the server sees them.
    rx: Number
    tx: Number
    #: Octets per second, read and written, of all disks together.
    disk: Number


#: By what lines can be sorted.
KEYS: dict[str, Callable[[Line], Number]] = {
    'cpu': lambda line: line.cpu, 'memory': lambda line: line.memory,
    'rx': lambda line: line.rx, 'tx': lambda line: line.tx, 'disk': lambda line: line.disk}


def lines(answer: loop.Answer, before: Optional[loop.Answer], key: str) -> list[Line]:
    """The servers of an answer, the one that uses most first, and what is not known last.

    :param before: an earlier answer, with which rates are told that the API does not know
    :param key: one of :data:`KEYS`
    """
    earlier = {entry['server_id']: entry
               for entry in (before.body['diagnostics'] if before else ())}
    found = [_line(entry, answer, before, earlier.get(entry['server_id']))
             for entry in answer.body['diagnostics']]
    return sorted(found, key=lambda line: (*_place(KEYS[key](line)), line.name, line.server_id))


def read(nova_ext: client.Client, name_or_id: str, key: str) -> list[Line]:
    """The servers of a hypervisor's host at one moment.

    :param name_or_id: the hypervisor's, or the name of its host
    :param key: one of :data:`KEYS`
    :raises nova_ext.cli.exceptions.ClientError: the API does not tell
    """
    nova_ext.negotiate(client.HYPERVISOR_DIAGNOSTICS)
    found = nova_ext.hypervisor_diagnostics(nova_ext.find_hypervisor(name_or_id)['id'])
    now = datetime.datetime.now(datetime.timezone.utc)
    return since_start(loop.Answer(now, 0.0, found), key)


def since_start(answer: loop.Answer, key: str) -> list[Line]:
    """The same of one answer alone, with the octets of disks since the server was started.

    :param key: one of :data:`KEYS`
    """
    octets = {entry['server_id']: _octets(entry) for entry in answer.body['diagnostics']}
    found = [dataclasses.replace(line, disk=octets[line.server_id])
             for line in lines(answer, None, key)]
    return sorted(found, key=lambda line: _place(KEYS[key](line)))


def total(values: Iterable[Number]) -> Number:
    """The sum of those that are known; None when none of several is."""
    every = list(values)
    known = [value for value in every if value is not None]
    return sum(known) if known or not every else None


def _line(entry: dict[str, Any], answer: loop.Answer, before: Optional[loop.Answer],
          earlier: Optional[dict[str, Any]]) -> Line:
    now = loop.Answer(answer.at, answer.clock, entry)
    then = loop.Answer(before.at, before.clock, earlier) if before and earlier else None
    sums: dict[str, Number] = {
        name: None if entry.get(f'{device}_details') is None else 0.0
        for name, device in (('cpu', 'cpu'), ('rx', 'nic'), ('tx', 'nic'), ('disk', 'disk'))}
    for (kind, _, what), value in figures.figures_of(now, then):
        name = what if kind == 'nic' else kind
        if name in sums:
            so_far = sums[name]
            sums[name] = None if value is None or so_far is None else so_far + value
    memory = entry.get('memory_details') or {}
    return Line(
        entry['server_id'], entry.get('server_name') or entry['server_id'],
        entry.get('project_id'), entry.get('state'), entry.get('responding'),
        memory=memory.get('used'), memory_maximum=memory.get('maximum'), **sums)


def _place(value: Number) -> tuple[bool, float]:
    return value is None, -(value or 0.0)


def _octets(entry: dict[str, Any]) -> Number:
    """What all disks have read and written together."""
    counts: list[Number] = [
        disk.get(name) for disk in entry.get('disk_details') or ()
        for name in ('read_bytes', 'write_bytes')]
    known = [count for count in counts if count is not None]
    if entry.get('disk_details') is None or len(known) < len(counts):
        return None
    return sum(known)
