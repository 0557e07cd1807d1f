# SPDX-License-Identifier: Apache-2.0
"""A server's host_status, in Nova's representation of the server."""

from __future__ import annotations

from typing import Any, Optional

from nova_ext.api.views import maintenance as maintenance_view
from nova_ext.hosts.status import HostState


def add(server: dict[str, Any], state: Optional[HostState]) -> None:
    """Add the status of the server's host; empty for a server that is on no host."""
    server['host_status'] = state.status.value if state else ''


def add_maintenance(server: dict[str, Any], state: Optional[HostState]) -> None:
    """Add the maintenance that is announced for the server's host. From nova-ext 1.1."""
    server['host_maintenance'] = maintenance_view.show(state.window if state else None)
