# SPDX-License-Identifier: Apache-2.0
"""``[nova_ext] console_log_directory``: console logs outside the instance directories."""

from __future__ import annotations

import pathlib
import stat
from collections.abc import Callable, Iterator

import pytest

from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import reconfigured
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import (
    NumberedLines,
    get_console_output,
    line_numbers,
    live_migrate,
)

HOSTS = (PLUGIN_HOST, OTHER_PLUGIN_HOST)

pytestmark = pytest.mark.usefixtures('stock_host_disabled')


@pytest.fixture(scope='module', autouse=True)
def directories() -> Iterator[dict[int, pathlib.Path]]:
    """The log directory of each host, as a path on this machine."""
    for number in HOSTS:  # libvirt creates it with the first guest
        ComputeHost(number).run('mkdir', '-p', '/var/log/libvirt/qemu')
    with reconfigured(dict.fromkeys(
            HOSTS, '[nova_ext]\nconsole_log_directory = /var/log/libvirt/qemu')):
        yield {number: ComputeHost(number).libvirt_logs / 'qemu' for number in HOSTS}


@pytest.fixture(scope='module')
def lines(directories: dict[int, pathlib.Path], boot: Callable[..., Guest]) -> NumberedLines:
    return NumberedLines(boot(host=PLUGIN_HOST))


def log_on(
        directories: dict[int, pathlib.Path], lines: NumberedLines, number: int) -> pathlib.Path:
    """The current log file of the guest on a host."""
    return directories[number] / f'{lines.guest.id}-stack{number}.console'


def files_on(directories: dict[int, pathlib.Path], lines: NumberedLines, number: int) -> list[str]:
    """The names of all files that a host has of the guest's log."""
    return sorted(file.name for file in directories[number].glob(f'{lines.guest.id}*'))


def check(lines: NumberedLines, path: pathlib.Path) -> None:
    """Check that this log is complete, readable by root only, and the guest's only log."""
    lines.check_output()
    lines.check_files(path)
    found = path.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (0o600, 0, 0)
    assert f"<log file='/var/log/libvirt/qemu/{path.name}' append='on'/>" in lines.guest.xml()
    assert not lines.guest.console_log().exists()


@pytest.mark.slow
def test_new_guest_logs_to_configured_directory(
        lines: NumberedLines, directories: dict[int, pathlib.Path]) -> None:
    lines.print(300)
    check(lines, log_on(directories, lines, PLUGIN_HOST))
    lines.guest.act('os-stop', until='SHUTOFF')
    assert 'n=000300 ' in get_console_output(lines.guest.api, lines.guest)
    lines.guest.act('os-start', until='ACTIVE')
    lines.guest.wait_ready()


@pytest.mark.slow
def test_live_migration_moves_log(
        lines: NumberedLines, directories: dict[int, pathlib.Path]) -> None:
    lines.flood(1000)
    live_migrate(lines.guest, OTHER_PLUGIN_HOST)
    check(lines, log_on(directories, lines, OTHER_PLUGIN_HOST))
    assert not files_on(directories, lines, PLUGIN_HOST)


@pytest.mark.slow
def test_resize_and_revert_move_log(
        lines: NumberedLines, directories: dict[int, pathlib.Path]) -> None:
    lines.guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
    lines.guest.wait_ready()
    lines.print(300)
    check(lines, log_on(directories, lines, PLUGIN_HOST))
    lines.guest.act('revertResize', until='ACTIVE')
    lines.guest.wait_ready()
    lines.print(300)
    check(lines, log_on(directories, lines, OTHER_PLUGIN_HOST))
    assert not files_on(directories, lines, PLUGIN_HOST)


@pytest.mark.slow
def test_cold_migration_moves_log_and_server_deletion_removes_it(
        lines: NumberedLines, directories: dict[int, pathlib.Path]) -> None:
    lines.guest.act('migrate', {'host': f'stack{PLUGIN_HOST}'}, until='VERIFY_RESIZE')
    lines.guest.act('confirmResize', until='ACTIVE')
    lines.guest.wait_ready()
    lines.print(300)
    check(lines, log_on(directories, lines, PLUGIN_HOST))
    assert not files_on(directories, lines, OTHER_PLUGIN_HOST)
    lines.guest.delete()
    assert not files_on(directories, lines, PLUGIN_HOST)


@pytest.mark.slow
def test_only_copy_is_kept_on_the_source(
        boot: Callable[..., Guest], directories: dict[int, pathlib.Path]) -> None:
    """The destination takes no history, which is noticed when it is sent."""
    lines = NumberedLines(boot(host=PLUGIN_HOST))
    lines.print(300)
    with reconfigured({OTHER_PLUGIN_HOST: (
            '[nova_ext]\nconsole_log_directory = /var/log/libvirt/qemu\n'
            'console_history_bytes = 0')}):
        live_migrate(lines.guest, OTHER_PLUGIN_HOST)
        kept = log_on(directories, lines, PLUGIN_HOST)
        assert files_on(directories, lines, PLUGIN_HOST) == [f'{kept.name}.kept']
        assert line_numbers(kept.with_name(f'{kept.name}.kept').read_text().replace('\r', '')) == (
            list(range(1, 301)))
        lines.first = lines.last + 1
        lines.print(100)
        lines.check_output()


@pytest.mark.slow
def test_logrotate_of_libvirt_leaves_logs_alone(
        boot: Callable[..., Guest], directories: dict[int, pathlib.Path]) -> None:
    """Debian's own rule is applied, again and again and whatever the size of the logs."""
    lines = NumberedLines(boot(host=PLUGIN_HOST))
    log = log_on(directories, lines, PLUGIN_HOST)
    for _ in range(5):
        lines.flood(1000)
        lines.guest.host.run('logrotate', '--force', '--state', '/run/logrotate.state',
                             '/etc/logrotate.d/libvirtd.qemu')
    lines.check_output()
    lines.check_files(log)
    assert all('.console' in name for name in files_on(directories, lines, PLUGIN_HOST))
