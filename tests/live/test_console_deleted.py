# SPDX-License-Identifier: Apache-2.0
"""``[nova_ext] console_log_after_delete``: the console log of a server that is deleted."""

from __future__ import annotations

import os
import pathlib
import stat
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import Reconfigured, reconfigured
from tests.live import nova_api
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import NumberedLines, line_numbers, live_migrate
from tests.live.console_offsets import HEADERS, read_all
from tests.live.test_console_follow import Following

HOSTS = (PLUGIN_HOST, OTHER_PLUGIN_HOST)

KEPT = '[nova_ext]\nconsole_log_after_delete = 1'

#: Lines that take more than two of virtlogd's files.
LINES = 5000

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures('stock_host_disabled')]


class Deleted(NamedTuple):
    """A server that is deleted, and its log as it was read before."""

    guest: Guest
    begins: int
    text: str


@pytest.fixture(scope='module', autouse=True)
def hosts() -> Iterator[Reconfigured]:
    """Both hosts keep logs for an hour."""
    with reconfigured(dict.fromkeys(HOSTS, KEPT)) as changed:
        yield changed


@pytest.fixture(scope='module')
def deleted(api: Api, member_api: Api, hosts: Reconfigured) -> Deleted:
    """A server of the member's."""
    with nova_api.policy_overridden({'os_compute_api:servers:create:forced_host': '@'}):
        guest = Guest.boot(member_api, host=PLUGIN_HOST, wait=False)
    guest = Guest(api, guest.id)
    try:
        guest.wait_booted()
        return print_and_delete(NumberedLines(guest))
    finally:
        guest.delete()


def print_and_delete(lines: NumberedLines) -> Deleted:
    lines.print(LINES)
    begins, text = read_all(lines.guest.api, lines.guest)
    lines.guest.delete()
    return Deleted(lines.guest, begins, text)


def place(guest: Guest, number: int) -> pathlib.Path:
    """Where a host keeps what a deleted server printed."""
    host = ComputeHost(number)
    return host.instances / 'nova-ext-deleted' / host.name / guest.id


def ask(api: Api, server: str) -> tuple[int, str]:
    """The status of an answer, and its text."""
    answer = api.request('GET', f'/servers/{server}/console-log', headers=HEADERS)
    return answer.status_code, answer.text


def check(api: Api, deleted: Deleted) -> None:
    """Check that the log is as before, to its last line."""
    begins, text = read_all(api, deleted.guest)
    assert begins == deleted.begins
    # The guest may have printed until it was gone.
    assert text.startswith(deleted.text)
    found = line_numbers(text.replace('\r', '') + '\n')
    assert found == list(range(found[0], LINES + 1))
    middle = deleted.begins + len(deleted.text.encode()) // 2
    assert read_all(api, deleted.guest, middle, 4099) == (
        middle, text.encode()[middle - begins:].decode())


def test_administrator_reads_the_same_bytes_as_before(api: Api, deleted: Deleted) -> None:
    check(api, deleted)
    kept = place(deleted.guest, PLUGIN_HOST)
    assert not (kept.parents[2] / deleted.guest.id).exists()
    for path, mode in ((kept.parent.parent, 0o700), (kept.parent, 0o700), (kept, 0o700), *(
            (file, 0o600) for file in kept.iterdir())):
        found = path.stat()
        assert (stat.S_IMODE(found.st_mode), path.is_dir()) == (mode, mode == 0o700), path


def test_member_gets_404_as_for_a_server_that_never_was(
        member_api: Api, deleted: Deleted) -> None:
    never = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'
    status, text = ask(member_api, never)
    assert status == 404
    assert ask(member_api, deleted.guest.id) == (404, text.replace(never, deleted.guest.id))


def test_last_host_keeps_the_log_of_a_server_that_has_moved(
        api: Api, boot: Callable[..., Guest]) -> None:
    lines = NumberedLines(boot(host=PLUGIN_HOST))
    lines.print(10)
    live_migrate(lines.guest, OTHER_PLUGIN_HOST)
    begins, text = read_all(api, lines.guest)
    lines.guest.delete()
    found = read_all(api, lines.guest)
    assert (begins, found[1][:len(text)]) == (found[0], text)
    assert place(lines.guest, OTHER_PLUGIN_HOST).exists()
    assert not place(lines.guest, PLUGIN_HOST).exists()


def test_follower_prints_the_last_lines_and_ends(boot: Callable[..., Guest]) -> None:
    """An administrator follows, for whom no 404 tells of the deletion."""
    lines = NumberedLines(boot(host=PLUGIN_HOST))
    following = Following(lines.guest)
    try:
        following.wait_begun()
        lines.print(100)
        lines.guest.delete()
        assert following.process.wait(60) == 0, following.errors()
        following.check(lines)
        assert following.errors().splitlines()[-1] == 'The server has been deleted.'
    finally:
        following.process.kill()
        following.process.wait()


def test_log_is_gone_when_its_time_is_over(api: Api, deleted: Deleted) -> None:
    kept = place(deleted.guest, PLUGIN_HOST)
    before = time.time() - 3600
    os.utime(kept / 'deleted', (before, before))
    status, text = ask(api, deleted.guest.id)
    assert (status, 'no longer, kept on its host' in text) == (404, True), text
    wait_for('the log is deleted', lambda: not kept.exists(), timeout=90)


def test_log_elsewhere_is_kept_and_gone_when_nothing_is_to_be_kept(
        api: Api, boot: Callable[..., Guest], hosts: Reconfigured) -> None:
    host = ComputeHost(PLUGIN_HOST)
    host.run('mkdir', '-p', '/var/log/libvirt/qemu')
    hosts.change({PLUGIN_HOST: f'{KEPT}\nconsole_log_directory = /var/log/libvirt/qemu'})
    deleted = print_and_delete(NumberedLines(boot(host=PLUGIN_HOST)))
    check(api, deleted)
    assert not list((host.libvirt_logs / 'qemu').glob(f'{deleted.guest.id}*'))
    hosts.change({PLUGIN_HOST: ''})
    assert ask(api, deleted.guest.id)[0] == 404
    wait_for('the log is deleted', lambda: not place(deleted.guest, PLUGIN_HOST).exists())
