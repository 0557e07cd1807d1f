# SPDX-License-Identifier: Apache-2.0
"""The samples of one server: what is null is left out, of labels as of values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Optional

from nova_ext.openmetrics import figures

#: An entry of the API's list, or a device of it.
Entry = Mapping[str, Any]

Labels = dict[str, str]


class Sample(NamedTuple):
    """A value of a family."""

    family: figures.Family
    labels: Labels
    value: float


#: The labels of everything about a server, and their keys in an entry.
_SERVER = {'server': 'server_id', 'server_name': 'server_name', 'project': 'project_id',
           'host': 'host'}

#: Figures are below it; what is not, NaN included, is none.
_MAXIMUM = 2.0 ** 80

_INFORMATION = {'driver': 'driver', 'hypervisor': 'hypervisor', 'hypervisor_os': 'hypervisor_os',
                'config_drive': 'config_drive'}

_CPU = {'vcpu': 'id'}
_NIC = {'device': 'device', 'mac': 'mac_address', 'port_id': 'port_id'}
_DISK = {'device': 'device', 'volume_id': 'volume_id'}


def of_server(entry: Entry) -> Iterator[Sample]:
    """What is known of a server.

    :param entry: of the API's list
    """
    server = _labels(entry, _SERVER)
    yield Sample(figures.INFORMATION, {**server, **_labels(entry, _INFORMATION)}, 1)
    state = entry.get('state')
    if state is not None:
        why = {'state': 'state', 'reason': 'state_reason'}
        yield Sample(figures.STATE, {**server, **_labels(entry, why)}, 1)
        yield Sample(figures.UP, server, float(state == 'running'))
    yield from _numbers(entry, figures.SERVER, server)
    yield from _numbers(entry.get('memory_details') or {}, figures.MEMORY, server)
    for cpu, labels in _devices(entry.get('cpu_details'), _CPU):
        yield from _numbers(cpu, figures.CPUS, {**server, **labels})
    for nic, labels in _devices(entry.get('nic_details'), _NIC):
        both = {**server, **labels}
        yield Sample(
            figures.NIC, {**both, **_labels(nic, {'network_id': 'network_id'})}, 1)
        yield from _numbers(nic, figures.NICS, both)
    for disk, labels in _devices(entry.get('disk_details'), _DISK):
        both = {**server, **labels}
        what = {'bus': 'bus', 'boot_index': 'boot_index'}
        yield Sample(figures.DISK, {**both, **_labels(disk, what)}, 1)
        yield from _numbers(disk, figures.DISKS, both)


def of_failures(host: str, failures: Mapping[str, Any]) -> Iterator[Sample]:
    """How often a host has failed at what.

    :param failures: numbers, as the API has them
    """
    yield from _numbers(failures, figures.HOST_FAILURES, {'host': text(host)})


def _devices(
        details: Optional[Iterable[Entry]], keys: Mapping[str, str],
) -> Iterator[tuple[Entry, Labels]]:
    """Each device with labels that no other of the server has.

    Those that nothing tells apart are numbered by their places, from 0.
    """
    seen: set[tuple[tuple[str, str], ...]] = set()
    for number, device in enumerate(details or ()):
        labels = _labels(device, keys)
        if tuple(labels.items()) in seen or not labels:
            labels['number'] = str(number)
        seen.add(tuple(labels.items()))
        yield device, labels


def _numbers(
        entry: Entry, wanted: Iterable[figures.Figure], labels: Labels) -> Iterator[Sample]:
    for figure in wanted:
        value = number(entry.get(figure.key))
        if value is not None and not (value < 0 and figure.family.kind == figures.COUNTER):
            yield Sample(figure.family, labels, value * figure.factor / figure.divisor)


def number(value: Any) -> Optional[float]:
    """A number or a truth value; None for what is neither, or too large to be a figure."""
    if not isinstance(value, (int, float)) or not abs(value) < _MAXIMUM:
        return None
    return value


def _labels(entry: Entry, keys: Mapping[str, str]) -> Labels:
    """What an entry has of these labels."""
    return {label: text(value) for label, key in keys.items()
            if (value := entry.get(key)) not in (None, '')}


def text(value: Any) -> str:
    """A value of a label; what is no Unicode in a name of somebody's is replaced."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).encode('utf-8', 'replace').decode()
