# SPDX-License-Identifier: Apache-2.0
"""What the exporter tells of itself."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Optional

from nova_ext.exporter.settings import Settings
from nova_ext.exporter.store import Snapshot
from nova_ext.openmetrics import families, figures, samples

if TYPE_CHECKING:
    from prometheus_client import Metric


def _gauge(name: str, documentation: str, unit: str = '') -> figures.Family:
    return figures.Family(f'nova_ext_exporter_{name}', figures.GAUGE, documentation, unit)


VERSION = figures.Family('nova_ext_exporter', figures.INFO, 'The version of nova-ext.')
INTERVAL = _gauge('interval_seconds', 'Time from one round over all hosts to the next.', 'seconds')
MAX_AGE = _gauge('max_age_seconds', 'Age at which figures are dropped.', 'seconds')
API_UP = _gauge('api_up', 'Whether the last request for the list of hosts was answered.')
API_FAILURES = figures.Family(
    'nova_ext_exporter_api_failures', figures.COUNTER,
    'Requests for the list of hosts that failed.')
LIST_AGE = _gauge('list_age_seconds', 'Age of the list of hosts.', 'seconds')
DOWN_CELLS = _gauge('down_cells', 'Cells whose databases did not answer for the last list.')
ROUND = _gauge('round_duration_seconds', 'Time that the last round took.', 'seconds')
HOST_UP = _gauge('host_up', 'Whether the last attempt to read a host succeeded.')
HOST_AGE = _gauge('host_age_seconds', "Age of a host's figures.", 'seconds')
HOST_TIME = _gauge('host_duration_seconds', 'Time that a host took to answer.', 'seconds')
HOST_SERVERS = _gauge('host_servers', 'Servers on a host.')
FAILURES = figures.Family(
    'nova_ext_exporter_failures', figures.COUNTER, 'Attempts to read a host that failed.')

FAMILIES = (VERSION, INTERVAL, MAX_AGE, API_UP, API_FAILURES, LIST_AGE, DOWN_CELLS, ROUND,
            HOST_UP, HOST_AGE, HOST_TIME, HOST_SERVERS, FAILURES)


def describe(known: Snapshot, settings: Settings) -> Iterator[Metric]:
    """The exporter's own families, those of its process among them.

    :raises ModuleNotFoundError: prometheus_client is not installed
    """
    import prometheus_client

    yield from families.collect(
        [*_of_api(known, settings), *_of_hosts(known)], FAMILIES)
    yield from prometheus_client.ProcessCollector(registry=None).collect()


def _of_api(known: Snapshot, settings: Settings) -> Iterator[samples.Sample]:
    yield samples.Sample(VERSION, {'version': version()}, 1)
    yield samples.Sample(INTERVAL, {}, settings.interval)
    yield samples.Sample(MAX_AGE, {}, settings.max_age)
    api = known.api
    yield from _known(API_UP, {}, api.is_up)
    yield from _known(LIST_AGE, {}, None if api.listed is None else known.now - api.listed)
    yield samples.Sample(DOWN_CELLS, {}, api.down_cells)
    yield from _known(ROUND, {}, api.round_seconds)
    for reason, number in known.api_failures.items():
        yield samples.Sample(API_FAILURES, {'reason': reason}, number)


def _of_hosts(known: Snapshot) -> Iterator[samples.Sample]:
    for name, host in known.hosts.items():
        labels = {'host': samples.text(name)}
        yield from _known(HOST_UP, labels, host.is_up)
        yield from _known(
            HOST_AGE, labels, None if host.answered is None else known.now - host.answered)
        if host.figures is not None:
            yield samples.Sample(HOST_TIME, labels, host.figures.seconds)
            yield samples.Sample(HOST_SERVERS, labels, host.figures.servers)
        for reason, number in host.failures.items():
            yield samples.Sample(FAILURES, {**labels, 'reason': reason}, number)


def _known(family: figures.Family, labels: samples.Labels, value: Optional[float]
           ) -> Iterator[samples.Sample]:
    if value is not None:
        yield samples.Sample(family, labels, float(value))


def version() -> str:
    """The version that is installed."""
    try:
        return importlib.metadata.version('nova-ext')
    except importlib.metadata.PackageNotFoundError:
        return 'unknown'
