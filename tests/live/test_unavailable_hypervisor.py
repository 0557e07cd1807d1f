# SPDX-License-Identifier: Apache-2.0
"""A host whose libvirtd does not run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox import processes
from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from tests.live.conftest import PLUGIN_HOST

pytestmark = pytest.mark.slow

#: What oslo.messaging writes before the traceback of an error that is not expected.
UNEXPECTED = 'Exception during message handling'


def test_requests_are_503_and_leave_no_traceback(
        api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=PLUGIN_HOST)
    libvirtd, compute = guest.host.service('libvirtd'), guest.host.service('nova-compute')
    began = len(compute.log.read_bytes())
    path = f'/servers/{guest.id}/diagnostics'
    processes.kill(libvirtd)
    try:
        for _ in range(3):
            response = api.request('GET', path, nova_ext='1.1')
            assert response.status_code == 503, response.text
            assert 'cannot reach its hypervisor' in response.text
    finally:
        processes.start(libvirtd)
        processes.wait_ready(libvirtd)
    assert UNEXPECTED not in compute.log.read_bytes()[began:].decode(errors='replace')
    wait_for('libvirtd answers again', lambda: api.request(
        'GET', path, nova_ext='1.1').status_code == 200)
