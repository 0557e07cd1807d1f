# SPDX-License-Identifier: Apache-2.0
"""The serial ports of a host that has few of them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import Reconfigured, reconfigured
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import NumberedLines, live_migrate

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures('stock_host_disabled')]


def port_range(number: int) -> str:
    """Options with which a host has that many serial ports."""
    return f'[serial_console]\nport_range = 10000:{10000 + number}'


def serial_ports(guest: Guest) -> list[int]:
    """The ports on which a guest listens."""
    devices = re.findall(r"<serial type='tcp'>.*?</serial>", guest.xml(), re.DOTALL)
    return [int(port) for device in devices for port in re.findall(r"service='(\d+)'", device)]


@pytest.fixture(scope='module', autouse=True)
def hosts() -> Iterator[Reconfigured]:
    with reconfigured({PLUGIN_HOST: port_range(1)}) as changed:
        yield changed


def test_rescue_needs_no_other_port(boot: Callable[..., Guest]) -> None:
    """The host has one port."""
    lines = NumberedLines(boot(host=PLUGIN_HOST))
    lines.print(100)
    lines.guest.act('rescue', until='RESCUE')
    assert serial_ports(lines.guest) == [10000]
    lines.guest.wait_ready()
    lines.print(100)
    lines.guest.act('unrescue', until='ACTIVE')
    assert serial_ports(lines.guest) == [10000]
    lines.guest.wait_ready()
    lines.print(100)
    lines.check_output()
    lines.guest.delete()


def test_thirty_rounds_with_two_ports_to_spare(
        hosts: Reconfigured, api: Api, boot: Callable[..., Guest]) -> None:
    """Whatever happens to the two guests of the host, there are always enough ports."""
    hosts.change({PLUGIN_HOST: port_range(2 + 2), OTHER_PLUGIN_HOST: port_range(2 + 2)})
    guests = [boot(host=PLUGIN_HOST) for _ in range(2)]
    choices = random.Random(0)
    for number in range(30):
        index = number % 2
        guest = guests[index]
        operation = choices.choice(('reboot', 'stop', 'rescue', 'migrate', 'delete'))
        print(f'round {number}: {operation} of {guest.id}')
        if operation == 'reboot':
            guest.act('reboot', {'type': 'HARD'}, until='ACTIVE')
        elif operation == 'stop':
            guest.act('os-stop', until='SHUTOFF')
            guest.act('os-start', until='ACTIVE')
        elif operation == 'rescue':
            guest.act('rescue', until='RESCUE')
            guest.act('unrescue', until='ACTIVE')
        elif operation == 'migrate':
            guest.wait_ready()
            live_migrate(guest, PLUGIN_HOST + OTHER_PLUGIN_HOST - guest.host.number)
        else:
            guest.delete()
            guests[index] = boot(host=PLUGIN_HOST)
        assert len(serial_ports(guests[index])) == 1
    for guest in guests:
        guest.wait_ready()
