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
from tests.live.console_log import NumberedLines, get_console_output, live_migrate

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


@pytest.fixture(scope='module')
def log_name(lines: NumberedLines) -> str:
    """The name of the current log file."""
    return str(lines.guest.show()['OS-EXT-SRV-ATTR:instance_name']) + '-serial0.log'


def check(lines: NumberedLines, path: pathlib.Path) -> None:
    """Check that this log is complete, readable by root only, and the guest's only log."""
    lines.check_output()
    lines.check_files(path)
    found = path.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (0o600, 0, 0)
    assert f"<log file='/var/log/libvirt/qemu/{path.name}' append='on'/>" in lines.guest.xml()
    assert not lines.guest.console_log().exists()


def test_new_guest_logs_to_configured_directory(
        lines: NumberedLines, log_name: str, directories: dict[int, pathlib.Path]) -> None:
    lines.print(300)
    check(lines, directories[PLUGIN_HOST] / log_name)
    lines.guest.act('os-stop', until='SHUTOFF')
    assert 'n=000300 ' in get_console_output(lines.guest.api, lines.guest)
    lines.guest.act('os-start', until='ACTIVE')
    lines.guest.wait_ready()


def test_live_migration_moves_log(
        lines: NumberedLines, log_name: str, directories: dict[int, pathlib.Path]) -> None:
    lines.flood(1000)
    live_migrate(lines.guest, OTHER_PLUGIN_HOST)
    check(lines, directories[OTHER_PLUGIN_HOST] / log_name)
    assert not list(directories[PLUGIN_HOST].glob(f'{log_name}*'))


@pytest.mark.slow
def test_resize_and_revert_move_log(
        lines: NumberedLines, log_name: str, directories: dict[int, pathlib.Path]) -> None:
    lines.guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
    lines.guest.wait_ready()
    lines.print(300)
    check(lines, directories[PLUGIN_HOST] / log_name)
    lines.guest.act('revertResize', until='ACTIVE')
    lines.guest.wait_ready()
    lines.print(300)
    check(lines, directories[OTHER_PLUGIN_HOST] / log_name)
    assert not list(directories[PLUGIN_HOST].glob(f'{log_name}*'))


@pytest.mark.slow
def test_cold_migration_moves_log_and_server_deletion_removes_it(
        lines: NumberedLines, log_name: str, directories: dict[int, pathlib.Path]) -> None:
    lines.guest.act('migrate', {'host': f'stack{PLUGIN_HOST}'}, until='VERIFY_RESIZE')
    lines.guest.act('confirmResize', until='ACTIVE')
    lines.guest.wait_ready()
    lines.print(300)
    check(lines, directories[PLUGIN_HOST] / log_name)
    assert not list(directories[OTHER_PLUGIN_HOST].glob(f'{log_name}*'))
    lines.guest.delete()
    assert not list(directories[PLUGIN_HOST].glob(f'{log_name}*'))
