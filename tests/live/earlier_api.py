# SPDX-License-Identifier: Apache-2.0
"""A nova-api with nova-ext 1.1, over the data of a cloud that has a host with it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator

from sandbox import checks, processes, settings, state
from sandbox.client.api import Api

_PORT = settings.NOVA_STOCK_PORT + 1


@contextlib.contextmanager
def running() -> Iterator[Api]:
    """Run it, configured as the newer one is, and talk to it as admin."""
    cloud = state.require()
    newer = cloud.service('nova-api', 1)
    service = dataclasses.replace(
        newer, name='nova-api-earlier', ready=checks.http(_PORT, '/'), command=[
            word.replace(str(cloud.environments.nova), str(cloud.environments.earlier))
            .replace(f':{settings.NOVA_PORT}', f':{_PORT}') for word in newer.command])
    processes.start(service)
    try:
        processes.wait_ready(service)
        yield Api(endpoint=settings.ENDPOINTS['nova'].replace(
            f':{settings.NOVA_PORT}', f':{_PORT}'))
    finally:
        processes.stop(service)
