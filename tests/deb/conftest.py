# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of Debian packages: what is built, and a Debian to install it in."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from sandbox import chroots, packages, settings
from tests.deb.host import Host
from tools.deb import build

#: What is in place before nova-ext: Nova, the clients, Tempest, and what the commands and the
#: exporter need.
PACKAGES = ('nova-api', 'python3-libvirt', 'python3-openstackclient', 'python3-novaclient',
            'python3-tempest', 'python3-rich', 'python3-prometheus-client')


@pytest.fixture(scope='session')
def built(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The folder with the packages of this checkout, and all that was built with them."""
    folder = tmp_path_factory.mktemp('debs')
    build.build(settings.CHECKOUT, folder)
    return folder


@pytest.fixture(scope='session')
def base() -> pathlib.Path:
    """A Debian with Nova, OpenStackClient, novaclient and Tempest."""
    return chroots.base('debs', PACKAGES)


@pytest.fixture
def host(base: pathlib.Path, built: pathlib.Path) -> Iterator[Host]:
    """That Debian, where a test may change what it likes, with the packages in /debs."""
    with chroots.opened(base) as chroot:
        for package in built.glob('*.deb'):
            chroot.put(package, f'/debs/{package.name}')
        yield Host(chroot)


@pytest.fixture(scope='session')
def lintian() -> str:
    """The command."""
    packages.ensure_named(['lintian'])
    return '/usr/bin/lintian'
