# SPDX-License-Identifier: Apache-2.0
"""What Nova's service records say about a compute host."""

from __future__ import annotations

from typing import Any

from nova import exception as nova_exception
from nova import objects, servicegroup

from nova_ext import exception


class ComputeHosts:
    """Tells whether it makes sense to ask a compute host."""

    def __init__(self) -> None:
        self._servicegroup = servicegroup.API()

    def check_reachable(self, context: Any, host: str) -> None:
        """Return when nova-compute on ``host`` is up as far as its record knows.

        A disabled host is reachable: it only takes no new servers.

        :param context: nova.context.RequestContext, targeted at the host's cell
        :param host: the host's name in its service record
        :raises nova_ext.exception.ComputeHostUnavailable: it is not
        """
        try:
            service = objects.Service.get_by_compute_host(context, host)
        except nova_exception.ComputeHostNotFound as error:
            raise exception.ComputeHostUnavailable(
                host, 'it has no nova-compute service record') from error
        if service.forced_down:
            raise exception.ComputeHostUnavailable(host, 'an operator has forced it down')
        if not self._servicegroup.service_is_up(service):
            raise exception.ComputeHostUnavailable(
                host, f'nova-compute was last seen up at {_seen(service)}')


def _seen(service: Any) -> str:
    """When the service reported last, as ISO 8601 in UTC."""
    seen = service.last_seen_up or service.updated_at or service.created_at
    return seen.strftime('%Y-%m-%dT%H:%M:%SZ') if seen else 'no known time'
