# SPDX-License-Identifier: Apache-2.0
"""Whether it makes sense to ask a compute host something over RPC."""

from __future__ import annotations

from typing import Any

from nova import exception as nova_exception
from nova import objects

from nova_ext import exception
from nova_ext.hosts.health import Health, HealthCheck

_NO_RECORD = 'it has no nova-compute service record'


class ComputeHosts:
    """Tells whether it makes sense to ask a compute host."""

    def __init__(self) -> None:
        self._health = HealthCheck()

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
            raise exception.ComputeHostUnavailable(host, _NO_RECORD) from error
        self.check_service(host, service)

    def check_service(self, host: str, service: Any) -> None:
        """As :meth:`check_reachable`, of a host whose service record was read already.

        :param service: as for :meth:`nova_ext.hosts.health.HealthCheck.check`
        :raises nova_ext.exception.ComputeHostUnavailable: it is not reachable
        """
        health = self._health.check(service)
        if health is Health.UNRECORDED:
            raise exception.ComputeHostUnavailable(host, _NO_RECORD)
        if health is Health.FORCED_DOWN:
            raise exception.ComputeHostUnavailable(host, 'an operator has forced it down')
        if health is not Health.UP:
            raise exception.ComputeHostUnavailable(
                host, f'nova-compute was last seen up at {_seen(service)}')


def _seen(service: Any) -> str:
    """When the service reported last, as ISO 8601 in UTC."""
    seen = (service.last_seen_up or getattr(service, 'updated_at', None) or service.created_at)
    return seen.strftime('%Y-%m-%dT%H:%M:%SZ') if seen else 'no known time'
