# SPDX-License-Identifier: Apache-2.0
"""Servers on bare metal beside servers that libvirt runs, and the commands on the host."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from sandbox import state
from sandbox.client.api import Api
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from tests.live import other_driver

pytestmark = pytest.mark.ironic_cloud

#: Seconds that ironic has for an answer, by default.
IRONIC_TIMEOUT = 4


@contextlib.contextmanager
def ironic_api_stopped() -> Iterator[None]:
    """Have ironic-api and its workers do nothing; its connections stay."""
    pid = ComputeHost(1).service('ironic-api').pid()
    assert pid is not None
    os.killpg(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(pid, signal.SIGCONT)


def test_ironic_that_hangs_is_503_and_other_hosts_answer(
        api: Api, server: Guest, guest: Guest) -> None:
    other_driver.assert_hanging_is_answered(
        api, server, guest, ironic_api_stopped(), IRONIC_TIMEOUT)


def test_lists_of_diagnostics_have_the_servers_of_all_hosts(
        api: Api, server: Guest, guest: Guest) -> None:
    other_driver.assert_many_are_told_about(
        api, server, guest, 'ironic', ironic_api_stopped(), IRONIC_TIMEOUT)


def test_host_status_is_told_for_servers_of_all_hosts(
        api: Api, server: Guest, guest: Guest) -> None:
    other_driver.assert_host_status_is_up(api, server, guest)


def test_commands_know_the_driver(cloud: state.State, ironic_host: ComputeHost) -> None:
    assert cloud.environments.ironic_driver is not None
    other_driver.assert_commands_know(
        ironic_host, cloud.environments.ironic_driver, 'nova_ext.IronicDriver',
        'ironic.IronicDriver')
