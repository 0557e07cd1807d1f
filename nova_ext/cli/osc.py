# SPDX-License-Identifier: Apache-2.0
"""What the commands share of OpenStackClient."""

from __future__ import annotations

from typing import Any

from nova_ext.cli import client


def compute(command: Any) -> Any:
    """The SDK's proxy for compute, with the person's credentials, endpoint and microversion."""
    return command.app.client_manager.sdk_connection.compute


def make_client(command: Any, timeout: float = client.TIMEOUT) -> client.Client:
    """A client for nova-ext's API with the same."""
    return client.Client(compute(command), timeout)


def find_server(command: Any, name_or_id: str, *, all_projects: bool = False) -> Any:
    """The server, as other commands find it.

    :param all_projects: look for the name in all of them, which administrators may
    :raises openstack.exceptions.SDKException: there is none, or more than one
    """
    everywhere = {'all_projects': True} if all_projects else {}
    return compute(command).find_server(
        name_or_id, ignore_missing=False, details=False, **everywhere)
