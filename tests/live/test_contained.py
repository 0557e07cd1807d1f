# SPDX-License-Identifier: Apache-2.0
"""nova-compute in containers: every figure is right or null, and the log is the guest's.

The container of ``stack1`` has what Kolla Ansible gives it, that of ``stack2`` what our page asks
for beside it. What is compared with is seen from outside of both.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import time
import uuid
from collections.abc import Callable

import pytest

from sandbox import accounts, state
from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from sandbox.contained import images
from tests import pages
from tests.live import domain_metadata
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import NumberedLines, live_migrate, port_after_start, serial_port
from tests.live.container import ENVIRONMENT, ContainedHost
from tools.documentation import places
from tools.documentation.shells import Shell

pytestmark = pytest.mark.contained_cloud

PLAIN, RECOMMENDED = PLUGIN_HOST, OTHER_PLUGIN_HOST

#: MiB that a guest gives back between two looks at it.
SLACK = 16

#: Seconds: uptimes are whole ones, and the file of a PID is written after the start.
TOLERANCE = 3


@pytest.fixture(scope='module', params=[PLAIN, RECOMMENDED], ids=['plain', 'recommended'])
def host(request: pytest.FixtureRequest, cloud: state.State) -> ContainedHost:
    if not cloud.options.contained:
        pytest.skip('NOVA-COMPUTE IS IN NO CONTAINER: start the cloud with --contained.')
    return ContainedHost(request.param)


@pytest.fixture(scope='module')
def lines(host: ContainedHost, boot: Callable[..., Guest]) -> NumberedLines:
    return NumberedLines(boot(host=host.number, flavor='duo', config_drive=True))


@pytest.fixture(scope='module')
def guest(lines: NumberedLines) -> Guest:
    return lines.guest


def is_plain(host: ContainedHost) -> bool:
    return host.number == PLAIN


def test_container_has_what_kolla_gives_it(host: ContainedHost, guest: Guest) -> None:
    assert host.has_own('mnt') and not host.has_own('net')
    assert host.has_own('pid') is is_plain(host)
    assert os.stat(f'/proc/{host.pid}').st_uid == accounts.of_machine().uid
    os_release = host.run_inside('nova', 'cat', '/etc/os-release')
    assert (f'\nID={images.OS}\n' in os_release) is is_plain(host)
    listed = host.try_inside('root', 'ls', '/etc/libvirt').stdout.split()
    assert listed == ([] if is_plain(host) else ['qemu.conf', 'virtlogd.conf'])
    seen = host.run_inside('root', 'sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "')
    assert (guest.id in seen) is not is_plain(host)
    assert host.run_inside('root', 'sh', '-c', 'ls /run/libvirt/qemu/*.pid').split()


def test_every_figure_is_right_or_null(
        cloud: state.State, host: ContainedHost, api: Api, guest: Guest) -> None:
    meminfo, before = guest.meminfo(), guest.process.vcpu_seconds()
    found = api.diagnostics(guest.id)
    age, after = guest.process.age(), guest.process.vcpu_seconds()
    assert found['state'] == 'running'
    assert found['hypervisor'] == cloud.virt_type
    assert found['hypervisor_os'] == (None if is_plain(host) else 'debian')
    assert found['uptime'] == pytest.approx(age, abs=TOLERANCE)
    assert found['memory_details']['maximum'] == 160
    assert found['memory_details']['used'] == pytest.approx(
        (meminfo['MemTotal'] - meminfo['MemAvailable']) / 1024, abs=SLACK)
    assert [cpu['id'] for cpu in found['cpu_details']] == [0, 1]
    for cpu in found['cpu_details']:
        assert before[cpu['id']] - 0.5 <= cpu['time'] / 1e9 <= after[cpu['id']] + 0.5
    [[port]] = guest.show()['addresses'].values()
    [nic] = found['nic_details']
    assert nic['mac_address'] == port['OS-EXT-IPS-MAC:mac_addr']
    assert found['num_disks'] == 2 and found['config_drive'] is True
    disk = found['disk_details'][0]
    guest.ask('write 4096')
    written = api.diagnostics(guest.id)['disk_details'][0]['write_bytes'] - disk['write_bytes']
    assert written == 4096 * 1024


def test_uptime_goes_on_while_paused_and_is_null_when_stopped(api: Api, guest: Guest) -> None:
    def check() -> None:
        uptime = api.diagnostics(guest.id)['uptime']
        assert uptime == pytest.approx(guest.process.age(), abs=TOLERANCE)

    guest.act('pause', until='PAUSED')
    check()
    guest.act('unpause', until='ACTIVE')
    check()
    guest.act('os-stop', until='SHUTOFF')
    assert api.diagnostics(guest.id)['uptime'] is None
    guest.act('os-start', until='ACTIVE')
    guest.wait_ready()
    check()


def test_guest_that_hangs_delays_no_answer(api: Api, guest: Guest) -> None:
    """Where its process is not seen, it is found out by asking it."""
    with stopped(guest.process.pid):
        for _ in range(2):
            started = time.monotonic()
            found = api.diagnostics(guest.id)
            assert time.monotonic() - started < 5
            assert found['state'] == 'running'
            assert found['memory_details'] == {'maximum': 160, 'used': None}
    wait_for('it answers again', lambda: api.diagnostics(
        guest.id)['disk_details'][0]['read_bytes'])


def test_console_log_and_its_history_are_complete(
        host: ContainedHost, lines: NumberedLines, guest: Guest) -> None:
    """Also where nova-compute cannot tell who writes the log, which begins anew at each start."""
    lines.print(1000)
    lines.check_output()
    assert serial_port(guest) == port_after_start(guest) == (
        'tcp', 'off' if is_plain(host) else 'on')
    for _ in range(2):
        guest.act('reboot', {'type': 'HARD'}, until='ACTIVE')
        guest.wait_ready()
        lines.print(300)
        lines.check_output()
        lines.check_files()


def test_metadata_is_true_after_rename(api: Api, guest: Guest) -> None:
    api.call('PUT', f'/servers/{guest.id}', {'server': {'name': f'renamed-{uuid.uuid4().hex}'}})
    domain_metadata.check(guest, within=60)


def test_log_uptime_and_metadata_survive_live_migration_to_the_other_kind_and_back(
        host: ContainedHost, api: Api, lines: NumberedLines, guest: Guest) -> None:
    started = time.time() - guest.process.age()
    for number in (PLAIN + RECOMMENDED - host.number, host.number):
        live_migrate(guest, number)
        lines.print(300)
        lines.check_output()
        lines.check_files()
        uptime = api.diagnostics(guest.id)['uptime']
        assert uptime == pytest.approx(time.time() - started, abs=TOLERANCE)
        domain_metadata.check(guest, within=60)


def test_commands_of_the_page_work(
        host: ContainedHost, guest: Guest, tmp_path: pathlib.Path) -> None:
    """Where the container has all that the page asks for."""
    if is_plain(host):
        return
    host.put_docker(tmp_path)
    bash = ['bash', '--noprofile', '--norc']
    shells = {
        places.CONTAINER_HOST: Shell(
            bash, {**ENVIRONMENT, 'PATH': f'{tmp_path}:{ENVIRONMENT["PATH"]}'}, tmp_path),
        places.CONTAINER: Shell(host.inside('root', *bash), ENVIRONMENT, pathlib.Path('/')),
    }
    with contextlib.ExitStack() as stack:
        for shell in shells.values():
            stack.callback(shell.end)
        wanted = [command for command in pages.commands(images.PAGE)
                  if command.marker.place in shells]
        assert {command.marker.place for command in wanted} == set(shells)
        for command in wanted:
            pages.run_and_compare(images.PAGE, command, shells[command.marker.place])


def test_cold_migration_copies_the_disk_and_the_log(
        host: ContainedHost, lines: NumberedLines, guest: Guest) -> None:
    lines.print(300)
    lines.check_output()
    guest.act('migrate', {'host': f'stack{PLAIN + RECOMMENDED - host.number}'},
              until='VERIFY_RESIZE')
    guest.wait_ready()
    lines.print(300)
    lines.check_output()
    guest.act('confirmResize', until='ACTIVE')
    lines.check_output()
