# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of a server on bare metal, through the whole API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.client import bare_metal
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.populate import ironic
from tests.ironic import expected
from tests.live.openstack_client import OpenStackClient

pytestmark = pytest.mark.ironic_cloud


def test_each_figure_is_ironics(
        api: Api, server: Guest, machine: bare_metal.Machine) -> None:
    known = api.diagnostics(server.id)
    uptime = expected.uptime(machine)
    assert uptime - 5 <= known.pop('uptime') <= uptime
    assert known == expected.of_machine(machine, config_drive=True)
    assert (known['num_cpus'], known['num_nics'], known['num_disks']) == (16, 2, 3)


def test_nova_answers_the_same_in_its_own_format(
        api: Api, server: Guest, machine: bare_metal.Machine) -> None:
    answer = api.get(f'/servers/{server.id}/diagnostics')
    assert answer.pop('uptime') > 0
    assert answer == expected.of_machine(machine, config_drive=True)


def test_properties_are_told_of_a_machine_that_was_not_inspected(
        api: Api, boot_metal: Callable[..., Guest]) -> None:
    known = api.diagnostics(boot_metal(ironic.OTHER).id)
    assert (known['state'], known['num_cpus'], known['memory_details']) == (
        'running', ironic.PROPERTIES['cpus'],
        {'maximum': ironic.PROPERTIES['memory_mb'], 'used': None})
    assert (known['num_nics'], known['num_disks'], known['disk_details']) == (2, None, None)
    assert known['config_drive'] is False


def test_server_that_does_not_run_has_its_state_and_devices(
        api: Api, server: Guest, machine: bare_metal.Machine) -> None:
    running = expected.of_machine(machine, config_drive=True)
    server.act('os-stop', until='SHUTOFF')
    try:
        assert machine.node.power_state == 'power off'
        assert api.diagnostics(server.id) == {**running, 'state': 'shutdown', 'uptime': None}
    finally:
        server.act('os-start', until='ACTIVE')
    known = api.diagnostics(server.id)
    assert known['state'] == 'running' and known['uptime'] < 120


def test_openstackclient_shows_it(server: Guest) -> None:
    shown: dict[str, Any] = OpenStackClient().json('server', 'diagnostics', 'show', server.id)
    assert (shown['state'], shown['driver'], shown['hypervisor']) == ('running', 'ironic', None)


def test_server_without_a_version_of_nova_ext_has_no_old_diagnostics(
        api: Api, server: Guest) -> None:
    answer = api.request('GET', f'/servers/{server.id}/diagnostics', compute='2.47')
    assert answer.status_code == 501, answer.text
