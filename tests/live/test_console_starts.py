# SPDX-License-Identifier: Apache-2.0
"""What a guest's console log is after a start, by who writes it and what that may do."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator

import pytest

from sandbox import processes, state
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import reconfigured, restart
from tests.live.conftest import OTHER_PLUGIN_HOST
from tests.live.console_log import NumberedLines, serial_port
from tests.live.test_status_command import upgrade_check

pytestmark = pytest.mark.slow

#: The user nobody, who is not root, as nova is not.
NOBODY = 65534


@pytest.fixture(scope='module')
def host(cloud: state.State) -> ComputeHost:
    return ComputeHost(OTHER_PLUGIN_HOST)


@pytest.fixture(scope='module')
def lines(boot: Callable[..., Guest]) -> NumberedLines:
    return NumberedLines(boot(host=OTHER_PLUGIN_HOST))


def start_again(lines: NumberedLines) -> None:
    """Stop and start the guest, and print some lines."""
    lines.guest.act('os-stop', until='SHUTOFF')
    lines.guest.act('os-start', until='ACTIVE')
    lines.guest.wait_ready()
    lines.print(100)


def soft_reboot(lines: NumberedLines) -> None:
    """Have the guest shut down and launched again, and print some lines."""
    log = lines.guest.host.service('nova-compute').log
    began = log.stat().st_size
    lines.guest.act('reboot', {'type': 'SOFT'}, until='ACTIVE')
    assert b'soft rebooted successfully' in log.read_bytes()[began:]
    lines.guest.wait_ready()
    lines.print(100)


def cold_snapshot(lines: NumberedLines) -> None:
    """Have the guest saved, copied and launched again, and print some lines."""
    guest = lines.guest
    pid = guest.process.pid
    with reconfigured({OTHER_PLUGIN_HOST: '[workarounds]\ndisable_libvirt_livesnapshot = true'}):
        guest.act('createImage', {'name': 'cold'}, until='ACTIVE')
        guest.wait_settled()
    [image] = guest.api.get('/v2/images?name=cold', service='glance')['images']
    guest.api.call('DELETE', f'/v2/images/{image["id"]}', service='glance')
    assert guest.process.pid != pid
    lines.print(100)


def run_instead(service: processes.Service) -> None:
    """Run a service in the place of the one of its name, and wait until it serves."""
    processes.stop(service)
    processes.start(service)
    processes.wait_ready(service)


@contextlib.contextmanager
def qemu_writes_logs(host: ComputeHost) -> Iterator[None]:
    """Have QEMU write the logs of guests that are started meanwhile, as in Kolla until 2026."""
    configuration = host.etc / 'libvirt/qemu.conf'
    before = configuration.read_text()
    try:
        configuration.write_text(f'stdio_handler = "file"\n{before}')
        run_instead(host.service('libvirtd'))
        yield
    finally:
        configuration.write_text(before)
        run_instead(host.service('libvirtd'))


@contextlib.contextmanager
def virtlogd_without_capability(host: ComputeHost) -> Iterator[None]:
    """Run a virtlogd that is root and may do what the permissions of files allow, as SELinux has.

    Guests that log before or after it have to be started again. Where it is to make a file,
    the directory has to let it.
    """
    virtlogd = host.service('virtlogd')
    try:
        run_instead(dataclasses.replace(virtlogd, command=[
            'setpriv', '--bounding-set=-dac_override', *virtlogd.command]))
        yield
    finally:
        run_instead(virtlogd)


def test_log_that_qemu_writes_begins_anew_with_the_newest_part_beside_it(
        cloud: state.State, host: ComputeHost, lines: NumberedLines) -> None:
    lines.print(100)
    with qemu_writes_logs(host):
        for _ in range(3):
            start_again(lines)
            assert serial_port(lines.guest) == ('tcp', 'off')
            lines.check_output()
            lines.check_files()
        for launch_again in (soft_reboot, cold_snapshot):
            launch_again(lines)
            lines.check_output()
            lines.check_files()
        files = [file for file in lines.guest.console_log().parent.glob('console.log*')
                 if file.suffix != '.index']
        assert 2 <= len(files) <= 4
        _, checks = upgrade_check(cloud, host)
        assert 'nothing limits their size' in checks['virtlogd']['details']
        assert 'virtlogd keeps' not in checks['virtlogd']['details']
    start_again(lines)
    assert serial_port(lines.guest) == ('tcp', 'on')
    lines.check_output()


def test_guest_starts_if_virtlogd_may_not_append_to_files_of_others(
        host: ComputeHost, lines: NumberedLines) -> None:
    lines.first = lines.last + 1  # only so many files are kept, however small
    lines.print(100)
    lines.guest.act('os-stop', until='SHUTOFF')
    log = lines.guest.console_log()
    os.chown(log, NOBODY, NOBODY)
    log.chmod(0o600)
    log.parent.chmod(0o777)
    with virtlogd_without_capability(host):
        lines.guest.act('os-start', until='ACTIVE')
        lines.guest.wait_ready()
        lines.print(100)
        assert log.stat().st_uid == 0
        lines.check_output()
        lines.check_files()
        lines.guest.act('os-stop', until='SHUTOFF')
    lines.guest.act('os-start', until='ACTIVE')
    lines.guest.wait_ready()


@contextlib.contextmanager
def directories_for_configuration(host: ComputeHost) -> Iterator[None]:
    """Put directories in the place of libvirt's configuration files, as Docker may do."""
    names = ('qemu.conf', 'virtlogd.conf')
    folder = host.etc / 'libvirt'
    for name in names:
        (folder / name).rename(folder / f'{name}-aside')
        (folder / name).mkdir()
    try:
        yield
    finally:
        for name in names:
            (folder / name).rmdir()
            (folder / f'{name}-aside').rename(folder / name)


def test_nova_compute_starts_if_configuration_of_libvirt_is_a_directory(
        cloud: state.State, host: ComputeHost, lines: NumberedLines) -> None:
    with directories_for_configuration(host):
        restart([host.number])
        _, checks = upgrade_check(cloud, host)
        assert 'cannot be determined from here' in checks['virtlogd']['details']
        start_again(lines)
        assert serial_port(lines.guest) == ('tcp', 'off')
    restart([host.number])
