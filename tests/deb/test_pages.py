# SPDX-License-Identifier: Apache-2.0
"""The commands of the documentation that are for a Debian with Nova's packages."""

from __future__ import annotations

import pathlib

import pytest

from sandbox.chroots import ENVIRONMENT
from tests import pages
from tests.deb.host import Host
from tools.documentation import blocks, places
from tools.documentation.shells import Shell


def commands(page: pathlib.Path) -> list[blocks.Command]:
    """Those of a page, in order."""
    return [command for command in pages.commands(page)
            if command.marker.place == places.DEBIAN_HOST]


PAGES = [page for page in blocks.pages() if commands(page)]


@pytest.mark.parametrize('page', PAGES, ids=blocks.name)
def test_documented_commands_work(page: pathlib.Path, host: Host) -> None:
    host.run('cp /debs/*.deb /root')
    shell = Shell(host.chroot.enter('bash', '--noprofile', '--norc'), ENVIRONMENT,
                  pathlib.Path('/root'))
    try:
        for command in commands(page):
            pages.run_and_compare(page, command, shell)
    finally:
        shell.end()
