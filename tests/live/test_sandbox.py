# SPDX-License-Identifier: Apache-2.0
"""The sandbox: its commands, and operations of Nova that need more than one host."""

from __future__ import annotations

import pathlib
import stat
import subprocess
from collections.abc import Callable

import pytest

from sandbox import accounts, settings, state
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.contained import containers
from tests.live import serial_proxy
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST

STACK = str(settings.CHECKOUT / 'sandbox/stack')


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    return boot(host=PLUGIN_HOST)


def stack(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``sandbox/stack``."""
    return subprocess.run(
        [STACK, *arguments], capture_output=True, text=True, timeout=600, check=False)


def test_second_up_changes_nothing(cloud: state.State) -> None:
    compute = cloud.service('nova-compute', PLUGIN_HOST)
    before = compute.pid()
    second = stack('up', '--nova', cloud.options.nova, '--hosts', '3', '--stock-host', '3',
                   '--stock-api', *(['--volumes'] if cloud.options.volumes else []))
    assert second.returncode == 0, second.stderr
    assert 'already' in second.stdout
    assert compute.pid() == before is not None


def test_up_with_other_options_fails_with_a_hint(cloud: state.State) -> None:
    failed = stack('up', '--nova', cloud.options.nova, '--hosts', '2')
    assert failed.returncode == 1
    assert 'sandbox/stack down' in failed.stderr


def test_openstack_command_runs_as_admin() -> None:
    listed = stack('openstack', 'hypervisor', 'list', '-f', 'value', '-c', 'Hypervisor Hostname')
    assert sorted(listed.stdout.split()) == ['stack1', 'stack2', 'stack3']


def test_exec_runs_a_command_inside_a_host(guest: Guest) -> None:
    assert stack('exec', '--host', '2', 'hostname').stdout.strip() == 'stack2'
    assert guest.id in stack('exec', 'virsh', 'list', '--uuid').stdout


def test_exec_runs_a_command_as_a_user(cloud: state.State, guest: Guest) -> None:
    if cloud.options.root:
        pytest.skip('in a cloud in which all is root there is no other user')
    listed = stack('exec', '--user', 'nova', 'sh', '-c',
                   'id -un; pwd; cd; pwd; virsh --connect qemu:///system list --uuid')
    assert listed.stdout.split() == ['nova', str(settings.CHECKOUT), str(accounts.HOME), guest.id]


@pytest.mark.smoke
@pytest.mark.essential
def test_services_of_nova_and_guests_are_not_root(cloud: state.State, guest: Guest) -> None:
    """The console log is root's all the same, as virtlogd is."""
    users = accounts.uids(cloud.etc(cloud.hosts[0]))
    nova, qemu = (0, 0) if cloud.options.root else (users[accounts.NOVA], users[accounts.QEMU])
    services = [service for (name, _), service in cloud.services.items()
                if name.startswith('nova-')]
    pids = {containers.pid_inside(service) for service in services}
    assert {owner(pathlib.Path(f'/proc/{pid}')) for pid in pids} == {nova}
    assert owner(pathlib.Path(f'/proc/{guest.process.pid}')) == qemu
    folder = guest.console_log().parent
    assert {name: owner(folder / name) for name in ('.', 'disk', 'console.log')} == {
        '.': nova, 'disk': qemu, 'console.log': 0}
    assert stat.S_IMODE(guest.console_log().stat().st_mode) == 0o600


def owner(path: pathlib.Path) -> int:
    """Return the number of the user that something belongs to."""
    return path.stat().st_uid


@pytest.mark.slow
@pytest.mark.essential
def test_serial_console_works_through_nova_serialproxy(api: Api, guest: Guest) -> None:
    with serial_proxy.connected(api, guest) as connection:
        connection.send_binary(b'\nproc-uptime\n')
        received = b''
        while b'>>> proc-uptime: ' not in received:
            received += connection.recv()


@pytest.mark.slow
@pytest.mark.usefixtures('stock_host_disabled')
def test_cold_migration_and_reverted_resize_between_hosts(
        api: Api, guest: Guest) -> None:
    guest.act('migrate', {'host': f'stack{OTHER_PLUGIN_HOST}'}, until='VERIFY_RESIZE')
    guest.act('confirmResize', until='ACTIVE')
    assert guest.host.number == OTHER_PLUGIN_HOST
    guest.wait_ready()
    guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
    assert guest.show()['flavor']['ram'] == 192
    before = guest.process.age()
    found = api.diagnostics(guest.id)
    assert found['memory_details']['maximum'] == 192
    assert before - 2 <= found['uptime'] <= guest.process.age() + 2
    guest.act('revertResize', until='ACTIVE')
    assert guest.host.number == OTHER_PLUGIN_HOST
    assert api.diagnostics(guest.id)['memory_details']['maximum'] == 128
