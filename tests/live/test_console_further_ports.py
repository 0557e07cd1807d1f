# SPDX-License-Identifier: Apache-2.0
"""The logs of serial ports after the first, compared with virtlogd's own files on the hosts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import Reconfigured, reconfigured
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import describe_gaps, line_numbers, live_migrate
from tests.live.console_offsets import read_all
from tests.live.flavors import flavor_with_ports
from tests.live.further_ports import SecondPort, logged, print_on, status, wait_logged

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures('stock_host_disabled')]

TWO_LOGGED = '[nova_ext]\nconsole_log_ports = 2'
ELSEWHERE = f'{TWO_LOGGED}\nconsole_log_directory = /var/log/libvirt/qemu'

JSON_PATCH = {'Content-Type': 'application/openstack-images-v2.1-json-patch'}


@pytest.fixture(scope='module', autouse=True)
def hosts() -> Iterator[Reconfigured]:
    with reconfigured({PLUGIN_HOST: TWO_LOGGED, OTHER_PLUGIN_HOST: TWO_LOGGED}) as changed:
        yield changed


@pytest.fixture(scope='module')
def flavor(api: Api) -> Iterator[str]:
    """A flavor with three serial ports."""
    with flavor_with_ports(api, 3) as name:
        yield name


@pytest.fixture(scope='module')
def port(hosts: Reconfigured, api: Api, flavor: str, boot: Callable[..., Guest]) -> SecondPort:
    return SecondPort(api, boot(host=PLUGIN_HOST, flavor=flavor))


def test_second_port_is_read_over_stop_and_start(api: Api, port: SecondPort) -> None:
    guest = port.guest
    assert logged(guest) == [True, True, False]
    port.print(300)
    port.check()
    guest.act('os-stop', until='SHUTOFF')
    port.check()
    guest.act('os-start', until='ACTIVE')
    guest.wait_ready()
    port.print(300)
    port.check()
    assert 'n=000001 ' not in read_all(api, guest)[1]


def test_port_that_is_not_logged_or_not_there_is_not_found(api: Api, port: SecondPort) -> None:
    assert [status(api, port.guest, number) for number in range(5)] == [200, 200, 404, 404, 400]


def test_second_port_goes_along_with_migrations(port: SecondPort) -> None:
    guest = port.guest
    port.print(100)
    live_migrate(guest, OTHER_PLUGIN_HOST)
    port.print(100)
    port.check()
    guest.act('migrate', {'host': f'stack{PLUGIN_HOST}'}, until='VERIFY_RESIZE')
    guest.act('confirmResize', until='ACTIVE')
    guest.wait_ready()
    port.print(100)
    port.check()


def test_second_port_goes_on_after_a_reverted_resize(api: Api, port: SecondPort) -> None:
    guest = port.guest
    with flavor_with_ports(api, 2) as smaller:
        guest.act('resize', {'flavorRef': smaller}, until='VERIFY_RESIZE')
        guest.wait_ready()
        port.print(100)
        guest.act('revertResize', until='ACTIVE')
    guest.wait_ready()
    port.print(100)
    port.check()


def test_first_port_alone_is_logged_on_a_host_without_nova_ext(
        api: Api, port: SecondPort, hosts: Reconfigured) -> None:
    guest = port.guest
    there = PLUGIN_HOST + OTHER_PLUGIN_HOST - guest.host.number
    hosts.change({there: '[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver'})
    here = guest.host.number
    live_migrate(guest, there)
    assert logged(guest) == [True, False, False]
    print_on(guest, 1, 10)  # nobody is in the way of the guest
    live_migrate(guest, here)
    hosts.change({there: TWO_LOGGED})
    wait_for('the first port is logged', lambda: status(api, guest, 0) == 200)
    assert status(api, guest, 1) == 404
    guest.act('reboot', {'type': 'HARD'}, until='ACTIVE')
    guest.wait_ready()
    assert logged(guest) == [True, True, False]
    print_on(guest, 1, 10)
    wait_for('the second port is logged again', lambda: status(api, guest, 1) == 200)


@contextlib.contextmanager
def image_property(api: Api, value: str) -> Iterator[None]:
    """Have the image of the guests say how many ports are logged."""
    [image] = api.get('/v2/images?name=guest', service='glance')['images']

    def patch(change: dict[str, str]) -> None:
        api.call('PATCH', f'/v2/images/{image["id"]}', [
            {'path': '/nova_ext_console_log_ports', **change}], service='glance',
            headers=JSON_PATCH)

    patch({'op': 'add', 'value': value})
    try:
        yield
    finally:
        patch({'op': 'remove'})


@pytest.mark.parametrize(('value', 'expected'), [
    ('3', [True, True, True]), ('1', [True, False, False]), ('all', [True, True, False])])
def test_image_says_how_many_ports_are_logged(
        api: Api, flavor: str, boot: Callable[..., Guest], value: str,
        expected: list[bool]) -> None:
    with image_property(api, value):
        guest = boot(host=PLUGIN_HOST, flavor=flavor)
    guest.act('reboot', {'type': 'HARD'}, until='ACTIVE')
    guest.wait_ready()
    assert logged(guest) == expected
    assert [status(api, guest, number) for number in range(3)] == [
        200 if one else 404 for one in expected]
    if expected[1]:
        print_on(guest, 1, 50)
        wait_logged(api, guest, 50)
    guest.delete()


def test_logs_of_all_ports_are_deleted_with_the_server(
        api: Api, flavor: str, hosts: Reconfigured, boot: Callable[..., Guest]) -> None:
    """They are in a directory outside the server's."""
    numbers = (PLUGIN_HOST, OTHER_PLUGIN_HOST)
    for number in numbers:
        ComputeHost(number).run('mkdir', '-p', '/var/log/libvirt/qemu')
    hosts.change(dict.fromkeys(numbers, ELSEWHERE))
    guest = boot(host=PLUGIN_HOST, flavor=flavor)

    def names(number: int) -> set[str]:
        return {file.name for file in (ComputeHost(number).libvirt_logs / 'qemu').glob(
            f'{guest.id}*')}

    print_on(guest, 1, 100)
    for number in numbers:
        if number != PLUGIN_HOST:
            live_migrate(guest, number)
            print_on(guest, 1, 100, 101)
        assert {f'{guest.id}-stack{number}.console{suffix}'
                for suffix in ('', '-port1')} <= names(number)
    assert not names(PLUGIN_HOST)
    found = line_numbers(wait_logged(api, guest, 200).replace('\r', ''))
    assert found == list(range(1, 201)), describe_gaps(found)
    guest.delete()
    assert not names(OTHER_PLUGIN_HOST)
