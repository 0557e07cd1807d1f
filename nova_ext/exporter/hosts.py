# SPDX-License-Identifier: Apache-2.0
"""The hosts of a cloud, as the list of its hypervisors has them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Optional

from nova_ext.openmetrics import figures, samples

STATUS = figures.Family(
    'nova_host_status', figures.GAUGE, 'Whether a host is up, forced_down, disabled, and whether '
    'its maintenance is announced.')
LAST_SEEN = figures.Family(
    'nova_host_last_seen_up_timestamp_seconds', figures.GAUGE,
    'When the service of a host reported last.', 'seconds')

FAMILIES = (STATUS, LAST_SEEN)


class Host(NamedTuple):
    """A compute host."""

    name: str
    #: Of its hypervisors: more than one with ironic.
    hypervisor_ids: tuple[object, ...]
    #: One of its hypervisors, as the API shows it.
    shown: dict[str, Any]

    @property
    def is_up(self) -> bool:
        """Whether it can be asked, as Nova sees it."""
        return self.shown.get('state') == 'up'


def read(hypervisors: Iterable[dict[str, Any]]) -> list[Host]:
    """The hosts of hypervisors.

    :raises KeyError, TypeError, AttributeError: a hypervisor is not as the API has it
    """
    found: dict[str, Host] = {}
    for one in hypervisors:
        # One that has lost its service record has no host that anybody knows.
        name = str((one.get('service') or {}).get('host') or one['hypervisor_hostname'])
        before = found.get(name)
        ids = () if before is None else before.hypervisor_ids
        found[name] = Host(name, (*ids, one['id']), one if before is None else before.shown)
    return list(found.values())


def describe(hosts: Iterable[Host]) -> Iterator[samples.Sample]:
    """How hosts are; what a hypervisor does not tell is left out."""
    for host in hosts:
        labels = {'host': samples.text(host.name)}
        for status, value in _statuses(host.shown):
            if value is not None:
                yield samples.Sample(STATUS, {**labels, 'status': status}, float(value))
        seen = _timestamp(host.shown.get('last_seen_up'))
        if seen is not None:
            yield samples.Sample(LAST_SEEN, labels, seen)


def _statuses(shown: dict[str, Any]) -> Iterator[tuple[str, Optional[bool]]]:
    yield 'up', shown['state'] == 'up' if 'state' in shown else None
    yield 'forced_down', shown.get('forced_down')
    yield 'disabled', shown['status'] == 'disabled' if shown.get('status') else None
    yield 'maintenance', shown['maintenance'] is not None if 'maintenance' in shown else None


def _timestamp(text: Any) -> Optional[float]:
    """Seconds since 1970 of a time of the API's, ``2026-11-21T09:30:05Z``."""
    try:
        return datetime.datetime.strptime(str(text), '%Y-%m-%dT%H:%M:%SZ').replace(
            tzinfo=datetime.timezone.utc).timestamp()
    except ValueError:
        return None
