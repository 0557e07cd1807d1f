# SPDX-License-Identifier: Apache-2.0
"""``[nova_ext] console_log_directory``: logs outside the servers' own directories."""

from __future__ import annotations

import pathlib
import stat
from collections.abc import Callable, Iterator

import pytest

from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import reconfigured
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.lines import NumberedLines, migrate, output

HOSTS = (PLUGIN_HOST, OTHER_PLUGIN_HOST)

pytestmark = pytest.mark.usefixtures('only_plugin_hosts')


@pytest.fixture(scope='module', autouse=True)
def directories() -> Iterator[dict[int, pathlib.Path]]:
    """Where both hosts have them, as libvirt's own logs are; seen from this machine."""
    for number in HOSTS:  # libvirt makes it with the first guest
        ComputeHost(number).run('mkdir', '-p', '/var/log/libvirt/qemu')
    with reconfigured(dict.fromkeys(
            HOSTS, '[nova_ext]\nconsole_log_directory = /var/log/libvirt/qemu')):
        yield {number: ComputeHost(number).libvirt_logs / 'qemu' for number in HOSTS}


@pytest.fixture(scope='module')
def lines(directories: dict[int, pathlib.Path], boot: Callable[..., Guest]) -> NumberedLines:
    return NumberedLines(boot(host=PLUGIN_HOST))


@pytest.fixture(scope='module')
def name(lines: NumberedLines) -> str:
    """Of the newest file."""
    return str(lines.guest.show()['OS-EXT-SRV-ATTR:instance_name']) + '-serial0.log'


def check(lines: NumberedLines, path: pathlib.Path) -> None:
    """See that a guest logs there and only there, for root alone, all that it has printed."""
    lines.check()
    lines.check_files(path)
    known = path.stat()
    assert (stat.S_IMODE(known.st_mode), known.st_uid, known.st_gid) == (0o600, 0, 0)
    assert f"<log file='/var/log/libvirt/qemu/{path.name}' append='on'/>" in lines.guest.xml()
    assert not lines.guest.console_log().exists()


def test_a_new_guest_logs_there(
        lines: NumberedLines, name: str, directories: dict[int, pathlib.Path]) -> None:
    lines.print(300)
    check(lines, directories[PLUGIN_HOST] / name)
    lines.guest.act('os-stop', until='SHUTOFF')
    assert 'n=000300 ' in output(lines.guest.api, lines.guest)
    lines.guest.act('os-start', until='ACTIVE')
    lines.guest.wait_ready()


def test_it_goes_along_with_a_live_migration(
        lines: NumberedLines, name: str, directories: dict[int, pathlib.Path]) -> None:
    lines.flood(1000)
    migrate(lines.guest, OTHER_PLUGIN_HOST)
    check(lines, directories[OTHER_PLUGIN_HOST] / name)
    assert not list(directories[PLUGIN_HOST].glob(f'{name}*'))


def test_it_goes_along_with_a_resize_and_its_revert(
        lines: NumberedLines, name: str, directories: dict[int, pathlib.Path]) -> None:
    lines.guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
    lines.guest.wait_ready()
    lines.print(300)
    check(lines, directories[PLUGIN_HOST] / name)
    lines.guest.act('revertResize', until='ACTIVE')
    lines.guest.wait_ready()
    lines.print(300)
    check(lines, directories[OTHER_PLUGIN_HOST] / name)
    assert not list(directories[PLUGIN_HOST].glob(f'{name}*'))


def test_it_goes_along_with_a_cold_migration_and_is_deleted_with_the_server(
        lines: NumberedLines, name: str, directories: dict[int, pathlib.Path]) -> None:
    lines.guest.act('migrate', {'host': f'stack{PLUGIN_HOST}'}, until='VERIFY_RESIZE')
    lines.guest.act('confirmResize', until='ACTIVE')
    lines.guest.wait_ready()
    lines.print(300)
    check(lines, directories[PLUGIN_HOST] / name)
    assert not list(directories[OTHER_PLUGIN_HOST].glob(f'{name}*'))
    lines.guest.delete()
    assert not list(directories[PLUGIN_HOST].glob(f'{name}*'))
