# SPDX-License-Identifier: Apache-2.0
"""What an operator does to compute hosts, taken back at the end of each ``with``."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

from sandbox import processes
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost

#: Where an aggregate's metadata announces maintenance.
MAINTENANCE = 'nova_ext:maintenance'


def service(api: Api, host: str) -> dict[str, Any]:
    """What the service API says of a host's nova-compute."""
    [found] = api.get(f'/os-services?host={host}&binary=nova-compute')['services']
    return dict(found)


@contextlib.contextmanager
def disabled(api: Api, host: str, reason: str | None = None) -> Iterator[None]:
    """The host takes no new servers for a while."""
    change = {'status': 'disabled', **({'disabled_reason': reason} if reason else {})}
    with _changed(api, host, change, {'status': 'enabled'}):
        yield


@contextlib.contextmanager
def forced_down(api: Api, host: str) -> Iterator[None]:
    """The host is down for a while by word of the operator; what runs there goes on."""
    with _changed(api, host, {'forced_down': True}, {'forced_down': False}):
        yield


@contextlib.contextmanager
def announced(api: Api, host: str, value: str) -> Iterator[None]:
    """The host is in an aggregate with that announcement of maintenance."""
    made = api.call('POST', '/os-aggregates', {'aggregate': {
        'name': f'maintenance-{uuid.uuid4().hex[:8]}'}})['aggregate']
    action = f'/os-aggregates/{made["id"]}/action'
    try:
        api.call('POST', action, {'add_host': {'host': host}})
        api.call('POST', action, {'set_metadata': {'metadata': {MAINTENANCE: value}}})
        yield
    finally:
        api.request('POST', action, body={'remove_host': {'host': host}})
        api.request('DELETE', f'/os-aggregates/{made["id"]}')


@contextlib.contextmanager
def without_compute(api: Api, number: int) -> Iterator[str]:
    """A host whose nova-compute has crashed, for so long that Nova takes it for down."""
    host = ComputeHost(number)
    compute = host.service('nova-compute')
    assert compute.pid() is not None
    processes.kill(compute)
    try:
        wait_for(f'{host.name} down', lambda: service(api, host.name)['state'] == 'down')
        yield host.name
    finally:
        processes.start(compute)
        processes.wait_ready(compute)
        wait_for(f'{host.name} up', lambda: service(api, host.name)['state'] == 'up')


@contextlib.contextmanager
def _changed(
        api: Api, host: str, change: dict[str, Any], back: dict[str, Any]) -> Iterator[None]:
    path = f'/os-services/{service(api, host)["id"]}'
    api.call('PUT', path, change)
    try:
        yield
    finally:
        api.call('PUT', path, back)
