# SPDX-License-Identifier: Apache-2.0
"""What the commands share of OpenStackClient."""

from __future__ import annotations

from typing import Any

from nova_ext.cli import client, maintenance


def compute(command: Any) -> Any:
    """The SDK's proxy for compute, with the person's credentials, endpoint and microversion."""
    return command.app.client_manager.sdk_connection.compute


def make_client(command: Any, timeout: float = client.TIMEOUT) -> client.Client:
    """A client for nova-ext's API with the same."""
    return client.Client(compute(command), timeout)


def make_maintenance(command: Any) -> maintenance.Maintenance:
    """What announces maintenance, with the same."""
    return maintenance.Maintenance(make_client(command))
