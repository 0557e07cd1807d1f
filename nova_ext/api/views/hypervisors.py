# SPDX-License-Identifier: Apache-2.0
"""What is added to Nova's representation of hypervisors."""

from __future__ import annotations

from typing import Any, Optional

from nova_ext.api.views import maintenance as maintenance_view
from nova_ext.api.views import times
from nova_ext.db.record import Record
from nova_ext.hosts import maintenance


def add_service(hypervisor: dict[str, Any], node: Record) -> None:
    """Add the host's service, with the reason why it is disabled, where Nova leaves it out.

    Without a service record there is no service: clients that know the type of its id fail on
    null in place of either. The same holds for ``status`` in :func:`add`.

    :param hypervisor: as Nova shows it, in the short list without
    :param node: the record that it was made from
    """
    service = node.service
    key = 'uuid' if hypervisor['id'] == node.uuid else 'id'
    if service is None or service[key] is None:
        hypervisor.pop('service', None)
    else:
        hypervisor.setdefault('service', {
            'id': service[key], 'host': node.host, 'disabled_reason': service.disabled_reason})


def add(
        hypervisor: dict[str, Any], node: Record, window: Optional[maintenance.Window], *,
        with_reason: bool) -> None:
    """Add what nova-ext 1.1 knows of a hypervisor.

    :param hypervisor: as Nova shows it
    :param node: the record that it was made from
    :param window: the maintenance that is announced for its host
    :param with_reason: whether to say why there is; from nova-ext 1.2
    """
    service = node.service
    hypervisor['forced_down'] = None if service is None else service.forced_down
    hypervisor['last_seen_up'] = (
        None if service is None else times.show(service.last_seen_up))
    hypervisor['maintenance'] = maintenance_view.show(window, with_reason=with_reason)
    hypervisor['missing_records'] = missing_records(node)
    if service is None:
        hypervisor.pop('status', None)
    else:
        hypervisor['status'] = status(node)


def status(node: Record) -> Optional[str]:
    """The status in the service API's words; None without a service record."""
    if node.service is None:
        return None
    return 'disabled' if node.service.disabled else 'enabled'


def missing_records(node: Record) -> list[str]:
    """Which records of Nova's a hypervisor lacks."""
    return (['service'] if node.service is None else []) + (
        [] if node.mapped_cell == node.cell else ['host_mapping'])
