# SPDX-License-Identifier: Apache-2.0
"""The bodies of what tells the diagnostics of many servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Optional

from nova_ext.api.views import diagnostics as diagnostics_view
from nova_ext.api.views import down_cells as down_cells_view
from nova_ext.db.record import Record
from nova_ext.virt.capabilities import Found


def entry(server: Record, found: Found, has: Callable[[str], bool]) -> dict[str, Any]:
    """One server with its diagnostics.

    :param server: as :func:`nova_ext.db.placed_servers.get_page` reads it
    :param has: as for :func:`nova_ext.api.views.diagnostics.show`
    """
    return {
        'server_id': server.uuid, 'server_name': server.name, 'project_id': server.project_id,
        'host': server.host, 'responding': found.responding,
        **diagnostics_view.show(found.diagnostics, has)}


def page(
        entries: Iterable[dict[str, Any]], link: Optional[dict[str, str]], *,
        failures: Optional[Mapping[str, Mapping[str, int]]] = None,
        missing: Optional[Mapping[str, str]] = None, down: Optional[Mapping[str, str]] = None,
) -> dict[str, Any]:
    """A page of servers.

    :param link: to the next page; None: there is none
    :param failures: how often hosts have failed at what, by the host's name
    :param missing: why hosts did not tell about their servers, a sentence by the host's name
    :param down: names of the cells that did not answer, by their UUIDs
    """
    body: dict[str, Any] = {'diagnostics': list(entries)}
    if link:
        body['diagnostics_links'] = [link]
    if failures:
        body['host_failures'] = {host: dict(counts) for host, counts in failures.items()}
    if missing:
        body['missing_hosts'] = dict(missing)
    if down:
        down_cells_view.add(body, down)
    return body
