# SPDX-License-Identifier: Apache-2.0
"""Servers that Nova's own driver boots, stops, suspends and deletes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.vmware import servers
from tests.vmware.vcenter import Vcenter, add_configuration_drive


@pytest.fixture(scope='module')
def booted(driver: Any) -> Iterator[servers.Booted]:
    """A server that was booted through Nova's driver."""
    server = servers.Booted(driver)
    yield server
    server.delete()
    assert servers.diagnostics(driver, server.uuid)['state'] == 'pending'


def test_server_has_the_devices_that_nova_gave_it(
        driver: Any, vcenter: Vcenter, booted: servers.Booted) -> None:
    known = servers.diagnostics(driver, booted.uuid)
    machine = vcenter.machine(booted.uuid)
    assert machine.summary.config.memorySizeMB == 128
    assert known['state'] == 'running'
    assert (known['num_cpus'], known['num_nics'], known['num_disks']) == (2, 1, 1)
    assert known['memory_details']['maximum'] == 128
    assert known['nic_details'][0]['mac_address'] == booted.mac_address
    # It was booted from an image in a CD-ROM drive, which is no configuration drive.
    assert known['config_drive'] is False


def test_uptime_begins_when_the_server_is_started(
        driver: Any, booted: servers.Booted) -> None:
    driver.power_off(booted.instance)
    known = servers.diagnostics(driver, booted.uuid)
    assert (known['state'], known['uptime'], known['memory_details']['used']) == (
        'shutdown', None, None)
    began = time.monotonic()
    booted.power_on()
    deadline = began + 30
    while (uptime := servers.diagnostics(driver, booted.uuid)['uptime']) is None:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert 0 < uptime <= time.monotonic() - began + 1


def test_server_that_was_suspended_is(driver: Any, booted: servers.Booted) -> None:
    booted.suspend()
    assert servers.diagnostics(driver, booted.uuid)['state'] == 'suspended'


def test_server_with_a_configuration_drive_has_one(
        driver: Any, vcenter: Vcenter, booted: servers.Booted) -> None:
    add_configuration_drive(vcenter.machine(booted.uuid))
    known = servers.diagnostics(driver, booted.uuid)
    # CD-ROM drives are no disks here.
    assert (known['config_drive'], known['num_disks']) == (True, 1)


def test_another_server_is_booted_from_what_is_there_of_the_image(
        driver: Any, booted: servers.Booted) -> None:
    another = servers.Booted(driver)
    assert servers.diagnostics(driver, another.uuid)['state'] == 'running'
    another.delete()
