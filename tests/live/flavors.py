# SPDX-License-Identifier: Apache-2.0
"""Flavors that some tests need for a while."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

from sandbox.client.api import Api


@contextlib.contextmanager
def flavor_with_ports(api: Api, number: int) -> Iterator[str]:
    """A flavor with that many serial ports."""
    name = f'ports-{number}-{uuid.uuid4().hex[:8]}'
    api.call('POST', '/flavors', {'flavor': {
        'id': name, 'name': name, 'ram': 128, 'vcpus': 1, 'disk': 1}})
    try:
        api.call('POST', f'/flavors/{name}/os-extra_specs', {
            'extra_specs': {'hw:serial_port_count': str(number)}})
        yield name
    finally:
        api.call('DELETE', f'/flavors/{name}')
