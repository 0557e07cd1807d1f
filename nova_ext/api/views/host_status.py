# SPDX-License-Identifier: Apache-2.0
"""A server's host_status, in Nova's representation of the server."""

from __future__ import annotations

from typing import Any, Optional

from nova_ext.api.views import maintenance as maintenance_view
from nova_ext.api.views import times
from nova_ext.hosts.reason import Reason
from nova_ext.hosts.status import HostState


def add(server: dict[str, Any], state: Optional[HostState]) -> None:
    """Add the status of the server's host; empty for a server that is on no host."""
    server['host_status'] = state.status.value if state else ''


def add_maintenance(
        server: dict[str, Any], state: Optional[HostState], *, with_reason: bool) -> None:
    """Add the maintenance that is announced for the server's host. From nova-ext 1.1.

    :param with_reason: whether to say why; from nova-ext 1.2
    """
    server['host_maintenance'] = maintenance_view.show(
        state.window if state else None, with_reason=with_reason)


def add_reason(server: dict[str, Any], reason: Optional[Reason]) -> None:
    """Add what the status of the server's host was judged by. From nova-ext 1.2.

    :param reason: None: the server is on no host, or nothing is known of that
    """
    server['host_status_reason'] = None if reason is None else {
        'disabled': reason.disabled,
        'disabled_reason': reason.disabled_reason,
        'forced_down': reason.forced_down,
        'silent': reason.silent,
        'last_seen_up': times.show(reason.last_seen_up),
    }
    server['host_status_since'] = times.show(reason.since if reason else None)
