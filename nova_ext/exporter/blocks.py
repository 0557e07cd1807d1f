# SPDX-License-Identifier: Apache-2.0
"""Text by family and compressed: what is kept of a host, and put together for a scrape.

A family's samples have to stand together, so that those of each host are a block of their own in
each family. A block is a member of a gzip file, which may have any number of them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from nova_ext.openmetrics import exposition

if TYPE_CHECKING:
    from prometheus_client import Metric

#: Fast: the text repeats itself so much that it shrinks to a tenth all the same.
_LEVEL = 1

#: For zlib: the largest window, in a gzip file.
_GZIP = 16 + zlib.MAX_WBITS


class Block(NamedTuple):
    """Some lines."""

    #: A whole gzip file.
    compressed: bytes
    #: In octets, of what is in it.
    size: int

    def text(self) -> bytes:
        """The lines."""
        return zlib.decompress(self.compressed, _GZIP)


def pack(text: bytes) -> Block:
    """Compress some lines."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return Block(packer.compress(text) + packer.flush(), len(text))


class Part(NamedTuple):
    """What one source has of one family."""

    name: str
    #: HELP, TYPE and UNIT.
    head: bytes
    samples: Block


def split(metrics: Iterable[Metric]) -> list[Part]:
    """Families, each as text.

    :raises ModuleNotFoundError: prometheus_client is not installed
    """
    parts = []
    for metric in metrics:
        text = exposition.write([metric]).removesuffix(exposition.END)
        lines = 3 if metric.unit else 2
        *head, samples = text.split(b'\n', lines)
        parts.append(Part(metric.name, b'\n'.join([*head, b'']), pack(samples)))
    return parts


def join(sources: Iterable[Iterable[Part]]) -> Iterator[Block]:
    """One text with the families of all sources, which ends as OpenMetrics has to."""
    families: dict[str, tuple[bytes, list[Block]]] = {}
    for parts in sources:
        for part in parts:
            families.setdefault(part.name, (part.head, []))[1].append(part.samples)
    for head, blocks in families.values():
        yield pack(head)
        yield from blocks
    yield pack(exposition.END)
