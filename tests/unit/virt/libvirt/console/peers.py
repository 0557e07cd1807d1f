# SPDX-License-Identifier: Apache-2.0
"""Other hosts, and what is said about them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from nova_ext.compute import endpoint
from nova_ext.objects import diagnostics
from nova_ext.virt.libvirt.console import receiver


class Histories:
    """A host's receiver, which remembers what came and does as it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.pieces: list[tuple[str, dict[str, Any]]] = []
        self.then: Callable[[], None] = lambda: None

    def get_log_path(self, context: Any, instance_uuid: str) -> str:
        self.asked.append(instance_uuid)
        self.then()
        return '/there/console.log'

    def add(self, context: Any, instance_uuid: str, **piece: Any) -> bool:
        self.pieces.append((instance_uuid, piece))
        self.then()
        return True

    def text(self) -> bytes:
        return b''.join(receiver._decode(piece['data']) for _, piece in self.pieces)


def plugin(histories: Any) -> endpoint.ComputeEndpoint:
    return endpoint.ComputeEndpoint(
        lambda instance: diagnostics.Diagnostics.unknown(), histories, lambda uuid: False)


def complaints(caplog: pytest.LogCaptureFixture, server: Any) -> list[str]:
    """The warnings that name their server."""
    return [record.getMessage() for record in caplog.records
            if record.levelno >= logging.WARNING
            and server.uuid in str(vars(record).get('instance'))]
