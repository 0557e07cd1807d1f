# SPDX-License-Identifier: Apache-2.0
"""OpenMetrics as prometheus_client's own strict parser reads it."""

from __future__ import annotations

from typing import Any

from prometheus_client.openmetrics import parser

#: A sample's labels, sorted.
Labels = tuple[tuple[str, str], ...]


def parse(text: bytes) -> dict[str, Any]:
    """Return the families by name.

    :raises ValueError: it is no OpenMetrics
    """
    read: Any = parser.text_string_to_metric_families
    families = list(read(text.decode()))
    by_name = {family.name: family for family in families}
    assert len(by_name) == len(families)
    return by_name


def values(text: bytes, name: str) -> dict[Labels, float]:
    """Return the samples of that name by their labels."""
    found: dict[Labels, float] = {}
    for family in parse(text).values():
        for sample in family.samples:
            if sample.name == name:
                labels = tuple(sorted(sample.labels.items()))
                assert labels not in found, labels
                found[labels] = sample.value
    return found


def value(text: bytes, name: str, **labels: str) -> float | None:
    """Return the value of the one sample that has these labels among others, None without any."""
    matching = [number for found, number in values(text, name).items()
                if labels.items() <= dict(found).items()]
    assert len(matching) < 2, matching
    return matching[0] if matching else None
