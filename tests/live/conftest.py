# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the live tests, which run in a cloud that `make live` starts.

    sandbox/stack up --hosts 3 --stock-host 3 --stock-api --volumes

Hosts 1 and 2 have the plugin, host 3 does not, and a second nova-api without the plugin serves
the same data. Without --volumes, the tests that need volumes are skipped.
"""

from __future__ import annotations

import contextlib
import signal
import uuid
from collections.abc import Callable, Iterator

import pytest

from sandbox import state
from sandbox.client.api import Api
from sandbox.client.compute import ComputeHost
from sandbox.client.filled import HOST_PREFIX, Filled
from sandbox.client.guest import Guest
from sandbox.client.volume import Volume
from tests.live import host_operations, host_views, nova_api
from tests.live.host_views import ObservedServer

# A shell lets what it runs in the background ignore SIGINT, and so would the commands that tests
# interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

PLUGIN_HOST, OTHER_PLUGIN_HOST, STOCK_HOST = 1, 2, 3


@pytest.fixture(scope='session', autouse=True)
def cloud() -> state.State:
    """The running cloud. Without one, every live test is skipped."""
    found = state.load()
    if found is None or not found.ready:
        pytest.skip('NO CLOUD IS UP: no live test was run. Start one with `make live`.')
    return found


@pytest.fixture(scope='session')
def api(cloud: state.State) -> Api:
    """The API with the plugin, as admin."""
    return Api()


@pytest.fixture(scope='session')
def reader_api(cloud: state.State) -> Api:
    """The API with the plugin, as a reader of the member's project."""
    return Api('reader')


@pytest.fixture(scope='session')
def member_api(cloud: state.State) -> Api:
    """The API with the plugin, as a member of a project that is not the admin's."""
    return Api('member')


@pytest.fixture(scope='session')
def stock_api(cloud: state.State) -> Api:
    """Stock Nova's API over the same data, as admin."""
    if not cloud.options.stock_api:
        pytest.skip('THE CLOUD HAS NO STOCK API: start it with --stock-api.')
    return Api(stock=True)


@pytest.fixture(scope='module')
def created_resources() -> Iterator[list[Guest | Volume]]:
    """Resources to delete after the module's tests: the servers first, then their volumes."""
    resources: list[Guest | Volume] = []
    with contextlib.ExitStack() as deletions:  # runs every deletion, even after one has failed
        yield resources
        for resource in sorted(resources, key=lambda resource: isinstance(resource, Guest)):
            deletions.callback(resource.delete)


@pytest.fixture(scope='module')
def boot(api: Api, created_resources: list[Guest | Volume]) -> Callable[..., Guest]:
    """A function that boots a guest, which is deleted after the module's tests."""
    def boot_guest(*, wait: bool = True, **options: object) -> Guest:
        guest = Guest.boot(api, wait=False, **options)  # type: ignore[arg-type]
        created_resources.append(guest)
        if wait:
            guest.wait_booted()
        return guest

    return boot_guest


@pytest.fixture(scope='module')
def create_volume(
        cloud: state.State, api: Api, created_resources: list[Guest | Volume],
) -> Callable[..., Volume]:
    """A function that creates a volume, which is deleted after the module's tests."""
    if not cloud.options.volumes:
        pytest.skip('THE CLOUD HAS NO VOLUMES: start it with --volumes.')

    def create(**options: object) -> Volume:
        volume = Volume.create(api, wait=False, **options)  # type: ignore[arg-type]
        created_resources.append(volume)
        volume.wait_status('available')
        return volume

    return create


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    """A guest with two vCPUs and a config drive, on a host with the plugin."""
    return boot(host=PLUGIN_HOST, flavor='duo', config_drive=True)


@pytest.fixture(scope='session')
def plugin_host(cloud: state.State) -> ComputeHost:
    """A compute host with the plugin."""
    return ComputeHost(PLUGIN_HOST)


@pytest.fixture(scope='module')
def observed_server(api: Api, member_api: Api) -> Iterator[ObservedServer]:
    """A member's server on a host with the plugin. Tests may disable the host or force it down."""
    with _observed_server(api, member_api, OTHER_PLUGIN_HOST) as server:
        yield server


@pytest.fixture(scope='module')
def stock_host_server(api: Api, member_api: Api) -> Iterator[ObservedServer]:
    """A member's server on the host without the plugin. Tests may kill its nova-compute."""
    with _observed_server(api, member_api, STOCK_HOST) as server:
        yield server


@contextlib.contextmanager
def _observed_server(api: Api, member_api: Api, number: int) -> Iterator[ObservedServer]:
    name = f'observed-{uuid.uuid4().hex[:8]}'
    with nova_api.policy_overridden({'os_compute_api:servers:create:forced_host': '@'}):
        server = Guest.boot(member_api, host=number, name=name, wait=False)
    guest = Guest(api, server.id)
    try:
        guest.wait_status('ACTIVE')
        yield ObservedServer(host=f'stack{number}', id=guest.id, name=name)
    finally:
        guest.delete()


@pytest.fixture(scope='module')
def readers_see_host_status(cloud: state.State) -> Iterator[None]:
    """Nova's policy is overridden: readers may see what by default only administrators may."""
    with nova_api.policy_overridden({
            'os_compute_api:servers:show:host_status': host_views.RULE_FOR_READERS}):
        yield


@pytest.fixture(scope='module')
def filled_database(api: Api) -> Iterator[None]:
    """Nova's databases have rows of 40 more hosts and 120 more servers.

    Those that a benchmark has left there are used instead.
    """
    path = f'/os-hypervisors?hypervisor_hostname_pattern={HOST_PREFIX}'
    if api.request('GET', path).status_code == 200:
        yield
        return
    with Filled(api, hypervisors=40, servers=120):
        yield


@pytest.fixture(scope='module')
def stock_host_disabled(api: Api) -> Iterator[None]:
    """The host without the plugin is disabled, so that the scheduler does not choose it."""
    with host_operations.disabled(api, f'stack{STOCK_HOST}'):
        yield
