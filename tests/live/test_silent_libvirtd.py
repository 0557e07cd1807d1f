# SPDX-License-Identifier: Apache-2.0
"""A host whose libvirtd hangs: requests are refused in time, and nova-compute stays usable."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from tests.live.conftest import PLUGIN_HOST
from tests.live.timing import BackgroundRequest, timed

#: The longest that a response may take on a busy machine: more than ``libvirt_timeout``,
#: which is 2 s, and less than ``rpc_timeout``, which would end it otherwise.
BOUND = 9

#: Seconds within which a response comes that waits for nothing.
IMMEDIATELY = 1.5

REQUESTS = 40


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    return boot(host=PLUGIN_HOST)


def libvirtd_pid() -> int:
    pid = ComputeHost(PLUGIN_HOST).service('libvirtd').pid()
    assert pid is not None
    return pid


@pytest.mark.essential
def test_requests_to_a_host_whose_libvirtd_hangs_are_refused_in_time(
        api: Api, guest: Guest) -> None:
    path = f'/servers/{guest.id}/diagnostics'
    assert api.diagnostics(guest.id)['disk_details'][0]['read_bytes'] > 0
    with stopped(libvirtd_pid()):
        requests = [BackgroundRequest(api, path, nova_ext='1.0') for _ in range(REQUESTS)]
        # nova-api has workers left for others, who wait for nobody.
        seconds, _ = timed(lambda: api.get('/servers/detail'))
        assert seconds < BOUND
        for request in requests:
            request.join(timeout=60)
            assert request.status == 503
        assert max(request.seconds for request in requests) < BOUND

        seconds, response = timed(lambda: api.request('GET', path, nova_ext='1.0'))
        assert response.status_code == 503
        assert 'cannot reach its hypervisor' in response.text
        assert seconds < IMMEDIATELY, 'the request waited for a libvirtd that is known to hang'

        # nova-compute serves what needs no libvirt.
        seconds, console = timed(lambda: api.call(
            'POST', f'/servers/{guest.id}/action', {'os-getConsoleOutput': {}}))
        assert console['output']
        assert seconds < BOUND

    found = wait_for('diagnostics are available again', lambda: (
        response := api.request('GET', path, nova_ext='1.0')).ok and response.json())
    assert found['disk_details'][0]['read_bytes'] > 0
    guest.act('pause', until='PAUSED')
    guest.act('unpause', until='ACTIVE')


@pytest.mark.slow
def test_libvirtd_that_hangs_again_and_again_costs_no_connection(
        api: Api, guest: Guest) -> None:
    """nova-compute's connections to libvirtd do not grow with the number of hangs."""
    host = ComputeHost(PLUGIN_HOST)

    def count() -> int:
        return host.run('ss', '--no-header', '--unix', '--extended').count(
            '/run/libvirt/libvirt-sock')

    counts = []
    for _ in range(4):
        with stopped(libvirtd_pid()):
            for request in [BackgroundRequest(api, f'/servers/{guest.id}/diagnostics',
                                              nova_ext='1.0') for _ in range(REQUESTS)]:
                request.join(timeout=60)
        wait_for('diagnostics are available again', lambda: api.request(
            'GET', f'/servers/{guest.id}/diagnostics', nova_ext='1.0').ok)
        counts.append(count())
    assert counts[-1] <= counts[0] + 2
