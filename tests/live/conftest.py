# SPDX-License-Identifier: Apache-2.0
"""The cloud that the live tests run against: `make live` brings it up.

    sandbox/stack up --hosts 3 --stock-host 3 --stock-api

Hosts 1 and 2 have the plugin, host 3 has not, and a second nova-api without the plugin serves
the same data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox import state
from sandbox.client.api import Api
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest

PLUGIN_HOST, OTHER_PLUGIN_HOST, STOCK_HOST = 1, 2, 3


@pytest.fixture(scope='session', autouse=True)
def cloud() -> state.State:
    """The running cloud; without it nothing here can be tested, and that is said aloud."""
    found = state.load()
    if found is None or not found.ready:
        pytest.skip('NO CLOUD IS UP: no live test was run. Start one with `make live`.')
    return found


@pytest.fixture(scope='session')
def api(cloud: state.State) -> Api:
    """The API with the plugin, as admin."""
    return Api()


@pytest.fixture(scope='session')
def stock_api(cloud: state.State) -> Api:
    """Stock Nova's API over the same data, as admin."""
    if not cloud.options.stock_api:
        pytest.skip('THE CLOUD HAS NO STOCK API: start it with --stock-api.')
    return Api(stock=True)


@pytest.fixture(scope='module')
def boot(api: Api) -> Iterator[Callable[..., Guest]]:
    """Boots guests that are deleted when the module's tests are done."""
    guests: list[Guest] = []

    def make(**options: object) -> Guest:
        guest = Guest.boot(api, **options)  # type: ignore[arg-type]
        guests.append(guest)
        return guest

    yield make
    for guest in guests:
        guest.delete()


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    """A guest with two vCPUs and a configuration drive on a host with the plugin."""
    return boot(host=PLUGIN_HOST, flavor='duo', config_drive=True)


@pytest.fixture(scope='session')
def plugin_host(cloud: state.State) -> ComputeHost:
    """A compute host with the plugin."""
    return ComputeHost(PLUGIN_HOST)


@pytest.fixture(scope='module')
def only_plugin_hosts(api: Api) -> Iterator[None]:
    """The scheduler takes no server to the host without the plugin."""
    [service] = [found for found in api.get('/os-services?binary=nova-compute')['services']
                 if found['host'] == f'stack{STOCK_HOST}']
    api.call('PUT', f'/os-services/{service["id"]}', {'status': 'disabled'})
    yield
    api.call('PUT', f'/os-services/{service["id"]}', {'status': 'enabled'})
