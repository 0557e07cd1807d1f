# SPDX-License-Identifier: Apache-2.0
"""Why a server is in its state, and whether its agent answers, from 1.2 on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from tests.live.conftest import PLUGIN_HOST

#: The words of `virsh domstate --reason` for those of the API.
VIRSH = {
    ('running', 'booted'): 'running (booted)',
    ('running', 'unpaused'): 'running (unpaused)',
    ('running', 'restored'): 'running (restored)',
    ('paused', 'requested'): 'paused (user)',
    ('shutdown', 'shut_down'): 'shut off (shutdown)',
    ('shutdown', 'powered_off'): 'shut off (destroyed)',
    ('suspended', 'saved'): 'shut off (saved)',
    ('crashed', 'crashed'): 'shut off (crashed)',
}

JSON_PATCH = {'Content-Type': 'application/openstack-images-v2.1-json-patch'}


def read(api: Api, guest: Guest) -> Any:
    """Return a server's diagnostics in version 1.2."""
    return api.diagnostics(guest.id, '1.2')


@pytest.fixture(scope='module')
def states(boot: Callable[..., Guest]) -> Guest:
    """A guest that is brought from one state to another."""
    return boot(host=PLUGIN_HOST)


def check_reason(api: Api, guest: Guest, state: str) -> None:
    """Assert that a server is in a state, for the reason that virsh tells."""
    found = read(api, guest)
    assert found['state'] == state
    printed = guest.host.run('virsh', 'domstate', '--reason', guest.id).strip()
    assert VIRSH[state, found['state_reason']] == printed


@pytest.mark.parametrize(('action', 'status', 'state', 'undo'), [
    ('pause', 'PAUSED', 'paused', 'unpause'), ('suspend', 'SUSPENDED', 'suspended', 'resume'),
    ('os-stop', 'SHUTOFF', 'shutdown', 'os-start')])
def test_reason_of_a_state_is_that_of_virsh(
        api: Api, states: Guest, action: str, status: str, state: str, undo: str) -> None:
    check_reason(api, states, 'running')
    states.act(action, until=status)
    check_reason(api, states, state)
    states.act(undo, until='ACTIVE')
    check_reason(api, states, 'running')


def test_reason_of_a_killed_guest_is_that_of_virsh(api: Api, states: Guest) -> None:
    states.process.kill()
    wait_for('libvirt notices the end of the process',
             lambda: read(api, states)['state'] == 'crashed')
    check_reason(api, states, 'crashed')


@contextlib.contextmanager
def agent_wanted(api: Api) -> Iterator[None]:
    """Let the image of the guests ask for an agent."""
    [image] = api.get('/v2/images?name=guest', service='glance')['images']

    def patch(change: dict[str, str]) -> None:
        api.call('PATCH', f'/v2/images/{image["id"]}', [
            {'path': '/hw_qemu_guest_agent', **change}], service='glance', headers=JSON_PATCH)

    patch({'op': 'add', 'value': 'yes'})
    try:
        yield
    finally:
        patch({'op': 'remove'})


@pytest.mark.slow
def test_agent_that_is_wanted_and_absent_does_not_answer(
        api: Api, guest: Guest, boot: Callable[..., Guest]) -> None:
    with agent_wanted(api):
        waiting = boot(host=PLUGIN_HOST)
    assert "name='org.qemu.guest_agent.0' state='disconnected'" in waiting.xml()
    assert read(api, waiting)['guest_agent'] is False
    assert 'org.qemu.guest_agent.0' not in guest.xml()
    assert read(api, guest)['guest_agent'] is None
