# SPDX-License-Identifier: Apache-2.0
"""``[nova_ext] console_log_directory`` on a file system that the hosts share."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Callable, Iterator

import pytest

from sandbox import settings
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import reconfigured
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import NumberedLines, live_migrate

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures('stock_host_disabled')]

HOSTS = (PLUGIN_HOST, OTHER_PLUGIN_HOST)


@pytest.fixture(scope='module')
def directory() -> Iterator[pathlib.Path]:
    """The directory, which has the same path on all hosts and on this machine."""
    shared = settings.CLOUD / 'shared-console-logs'
    shared.mkdir(mode=0o700)
    try:
        with reconfigured(dict.fromkeys(
                HOSTS, f'[nova_ext]\nconsole_log_directory = {shared}')):
            yield shared
    finally:
        shutil.rmtree(shared)


@pytest.fixture(scope='module')
def lines(directory: pathlib.Path, boot: Callable[..., Guest]) -> NumberedLines:
    return NumberedLines(boot(host=PLUGIN_HOST))


def test_live_migration_leaves_the_log_of_the_destination(
        lines: NumberedLines, directory: pathlib.Path) -> None:
    lines.print(300)
    for source, there in (HOSTS, HOSTS[::-1]):
        lines.flood(1000)
        live_migrate(lines.guest, there)
        lines.print(100)
        lines.check_output()
        lines.check_files(directory / f'{lines.guest.id}-{ComputeHost(there).name}.console')
        assert not list(directory.glob(f'{lines.guest.id}-{ComputeHost(source).name}*'))


def test_deletion_of_the_server_removes_the_log(
        lines: NumberedLines, directory: pathlib.Path) -> None:
    lines.guest.delete()
    assert not list(directory.iterdir())
