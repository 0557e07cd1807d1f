# SPDX-License-Identifier: Apache-2.0
"""The cloud that the live tests run against: `make live` brings it up.

    sandbox/stack up --hosts 3 --stock-host 3 --stock-api --volumes

Hosts 1 and 2 have the plugin, host 3 has not, and a second nova-api without the plugin serves
the same data. Without --volumes, the tests that need them are skipped.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator

import pytest

from sandbox import state
from sandbox.client.api import Api
from sandbox.client.compute import ComputeHost
from sandbox.client.filled import HOST_PREFIX, Filled
from sandbox.client.guest import Guest
from sandbox.client.volume import Volume
from tests.live import nova_api, seeing

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
def reader(cloud: state.State) -> Api:
    """The API with the plugin, as one who may look at a project."""
    return Api('reader')


@pytest.fixture(scope='session')
def member(cloud: state.State) -> Api:
    """The API with the plugin, as one who has servers in the same project."""
    return Api('member')


@pytest.fixture(scope='session')
def stock_api(cloud: state.State) -> Api:
    """Stock Nova's API over the same data, as admin."""
    if not cloud.options.stock_api:
        pytest.skip('THE CLOUD HAS NO STOCK API: start it with --stock-api.')
    return Api(stock=True)


@pytest.fixture(scope='module')
def made() -> Iterator[list[Guest | Volume]]:
    """What is deleted when the module's tests are done: servers first, which use the volumes."""
    found: list[Guest | Volume] = []
    with contextlib.ExitStack() as deletions:  # each is tried, whatever becomes of the others
        yield found
        for thing in sorted(found, key=lambda thing: isinstance(thing, Guest)):
            deletions.callback(thing.delete)


@pytest.fixture(scope='module')
def boot(api: Api, made: list[Guest | Volume]) -> Callable[..., Guest]:
    """Boots guests that are deleted when the module's tests are done."""
    def make(*, wait: bool = True, **options: object) -> Guest:
        guest = Guest.boot(api, wait=False, **options)  # type: ignore[arg-type]
        made.append(guest)
        if wait:
            guest.wait_booted()
        return guest

    return make


@pytest.fixture(scope='module')
def create_volume(
        cloud: state.State, api: Api, made: list[Guest | Volume]) -> Callable[..., Volume]:
    """Makes volumes that are deleted when the module's tests are done."""
    if not cloud.options.volumes:
        pytest.skip('THE CLOUD HAS NO VOLUMES: start it with --volumes.')

    def make(**options: object) -> Volume:
        volume = Volume.create(api, wait=False, **options)  # type: ignore[arg-type]
        made.append(volume)
        volume.wait_status('available')
        return volume

    return make


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    """A guest with two vCPUs and a configuration drive on a host with the plugin."""
    return boot(host=PLUGIN_HOST, flavor='duo', config_drive=True)


@pytest.fixture(scope='session')
def plugin_host(cloud: state.State) -> ComputeHost:
    """A compute host with the plugin."""
    return ComputeHost(PLUGIN_HOST)


@pytest.fixture(scope='module')
def subject(api: Api, member: Api) -> Iterator[seeing.Subject]:
    """A member's server on a host with the plugin, which may be disabled and forced down."""
    yield from _subject(api, member, OTHER_PLUGIN_HOST)


@pytest.fixture(scope='module')
def stock_subject(api: Api, member: Api) -> Iterator[seeing.Subject]:
    """A member's server on the host without the plugin, which may be ended."""
    yield from _subject(api, member, STOCK_HOST)


def _subject(api: Api, member: Api, number: int) -> Iterator[seeing.Subject]:
    name = f'subject-{uuid.uuid4().hex[:8]}'
    with nova_api.ruled({'os_compute_api:servers:create:forced_host': '@'}):
        server = Guest.boot(member, host=number, name=name, wait=False)
    guest = Guest(api, server.id)
    try:
        guest.wait_status('ACTIVE')
        yield seeing.Subject(host=f'stack{number}', server=guest.id, name=name)
    finally:
        guest.delete()


@pytest.fixture(scope='module')
def readers_may_see(cloud: state.State) -> Iterator[None]:
    """Nova's rule is overridden: readers see what by default only administrators may."""
    with nova_api.ruled({'os_compute_api:servers:show:host_status': seeing.FOR_READERS}):
        yield


@pytest.fixture(scope='module')
def filled(api: Api) -> Iterator[None]:
    """Dozens of invented hosts and servers; those that a benchmark left will do."""
    path = f'/os-hypervisors?hypervisor_hostname_pattern={HOST_PREFIX}'
    if api.request('GET', path).status_code == 200:
        yield
        return
    with Filled(api, hypervisors=40, servers=120):
        yield


@pytest.fixture(scope='module')
def only_plugin_hosts(api: Api) -> Iterator[None]:
    """The scheduler takes no server to the host without the plugin."""
    [service] = [found for found in api.get('/os-services?binary=nova-compute')['services']
                 if found['host'] == f'stack{STOCK_HOST}']
    api.call('PUT', f'/os-services/{service["id"]}', {'status': 'disabled'})
    yield
    api.call('PUT', f'/os-services/{service["id"]}', {'status': 'enabled'})
