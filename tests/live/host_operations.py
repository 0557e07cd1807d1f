# SPDX-License-Identifier: Apache-2.0
"""Operations on compute hosts. Each context manager undoes its operation at its end."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

from sandbox import processes
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost

#: The key of an aggregate's metadata with which maintenance is announced.
MAINTENANCE = 'nova_ext:maintenance'


def show_service(api: Api, host: str) -> dict[str, Any]:
    """Return the nova-compute service of a host, as the service API shows it."""
    [found] = api.get(f'/os-services?host={host}&binary=nova-compute')['services']
    return dict(found)


@contextlib.contextmanager
def disabled(api: Api, host: str, reason: str | None = None) -> Iterator[None]:
    """Disable the nova-compute service of a host."""
    change = {'status': 'disabled', **({'disabled_reason': reason} if reason else {})}
    with _changed(api, host, change, {'status': 'enabled'}):
        yield


@contextlib.contextmanager
def forced_down(api: Api, host: str) -> Iterator[None]:
    """Force the nova-compute service of a host down; its process and its guests keep running."""
    with _changed(api, host, {'forced_down': True}, {'forced_down': False}):
        yield


@contextlib.contextmanager
def maintenance_announced(api: Api, host: str, value: str) -> Iterator[None]:
    """Announce maintenance of a host, by means of an aggregate.

    :param value: of the aggregate's metadata
    """
    aggregate = api.call('POST', '/os-aggregates', {'aggregate': {
        'name': f'maintenance-{uuid.uuid4().hex[:8]}'}})['aggregate']
    action = f'/os-aggregates/{aggregate["id"]}/action'
    try:
        api.call('POST', action, {'add_host': {'host': host}})
        api.call('POST', action, {'set_metadata': {'metadata': {MAINTENANCE: value}}})
        yield
    finally:
        api.request('POST', action, body={'remove_host': {'host': host}})
        api.request('DELETE', f'/os-aggregates/{aggregate["id"]}')


@contextlib.contextmanager
def compute_crashed(api: Api, number: int) -> Iterator[str]:
    """Kill nova-compute on a host and wait until its service is down; yield the host's name."""
    host = ComputeHost(number)
    compute = host.service('nova-compute')
    assert compute.pid() is not None
    processes.kill(compute)
    try:
        wait_for(f'{host.name} down', lambda: show_service(api, host.name)['state'] == 'down')
        yield host.name
    finally:
        processes.start(compute)
        processes.wait_ready(compute)
        wait_for(f'{host.name} up', lambda: show_service(api, host.name)['state'] == 'up')


@contextlib.contextmanager
def _changed(
        api: Api, host: str, change: dict[str, Any], undo: dict[str, Any]) -> Iterator[None]:
    """Change the nova-compute service of a host."""
    path = f'/os-services/{show_service(api, host)["id"]}'
    api.call('PUT', path, change)
    try:
        yield
    finally:
        api.call('PUT', path, undo)
