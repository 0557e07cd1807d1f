# SPDX-License-Identifier: Apache-2.0
"""Metric families of prometheus_client, made from the entries of the API's list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nova_ext.openmetrics import figures, samples

if TYPE_CHECKING:
    from prometheus_client import Metric


def make(
        entries: Iterable[samples.Entry], *,
        host_failures: Mapping[str, Mapping[str, int]] | None = None,
        missing_hosts: Iterable[str] = (),
        down_cells: Mapping[str, str] | None = None) -> list[Metric]:
    """The families that have samples, in the order of :data:`figures.FAMILIES`.

    :param entries: servers as ``GET /os-hypervisors/{hypervisor_id}/diagnostics`` has them; one
        that is there twice on the same host counts once
    :param host_failures: how often hosts have failed at what
    :param missing_hosts: hosts that did not answer
    :param down_cells: names of the cells that did not answer, by their UUIDs
    :raises ModuleNotFoundError: prometheus_client is not installed
    """
    found: list[samples.Sample] = []
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        key = samples.text(entry.get('server_id')), samples.text(entry.get('host') or '')
        if key not in seen:
            seen.add(key)
            found += samples.of_server(entry)
    for host, failures in (host_failures or {}).items():
        found += samples.of_failures(host, failures)
    found += [samples.Sample(figures.HOST_RESPONDING, {'host': samples.text(host)}, 0)
              for host in missing_hosts]
    found += [samples.Sample(figures.CELL_RESPONDING, {
        'cell': samples.text(uuid), **({'cell_name': samples.text(name)} if name else {})}, 0)
        for uuid, name in (down_cells or {}).items()]
    return collect(found, figures.FAMILIES)


def collect(
        found: Iterable[samples.Sample], order: Iterable[figures.Family]) -> list[Metric]:
    """Samples of several families, by family.

    :param order: of the families; those without samples are left out
    :raises ModuleNotFoundError: prometheus_client is not installed
    """
    from prometheus_client import Metric
    from prometheus_client.samples import Sample

    by_family: dict[figures.Family, Metric] = {
        family: Metric(family.name, family.documentation, family.kind, family.unit)
        for family in order}
    for family, labels, value in found:
        by_family[family].samples.append(Sample(family.sample, labels, float(value)))
    return [metric for metric in by_family.values() if metric.samples]
