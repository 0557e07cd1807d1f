# SPDX-License-Identifier: Apache-2.0
"""OpenMetrics 1.0 as text, as prometheus_client writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nova_ext.openmetrics import families, samples

if TYPE_CHECKING:
    from prometheus_client import Metric

#: The media type of what :func:`text` returns.
CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

#: The last line.
END = b'# EOF\n'


def text(
        entries: Iterable[samples.Entry], *,
        host_failures: Mapping[str, Mapping[str, int]] | None = None,
        missing_hosts: Iterable[str] = (), down_cells: Mapping[str, str] | None = None) -> bytes:
    """Servers' diagnostics, in UTF-8.

    :param entries: as :func:`families.make` takes them; so are the others
    :raises ModuleNotFoundError: prometheus_client is not installed
    """
    return write(families.make(
        entries, host_failures=host_failures, missing_hosts=missing_hosts, down_cells=down_cells))


def write(metrics: Iterable[Metric]) -> bytes:
    """Families, in UTF-8.

    :raises ModuleNotFoundError: prometheus_client is not installed
    """
    from prometheus_client.openmetrics import exposition

    registry = _Collected(metrics)
    written: bytes = exposition.generate_latest(registry)  # type: ignore[no-untyped-call]
    return written


class _Collected:
    """What prometheus_client takes for a registry."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """The families."""
        return self._metrics
