# SPDX-License-Identifier: Apache-2.0
"""A program over gophercloud, which knows the type of each field.

It is built with Debian's packages ``golang-go`` and
``golang-github-gophercloud-gophercloud-dev``.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
from typing import Any

import pytest

SOURCE = pathlib.Path(__file__).with_name('decode.go')
LIBRARIES = pathlib.Path('/usr/share/gocode')

#: Seconds that building it may take, and running it.
_BUILD_TIMEOUT, _TIMEOUT = 900, 120

#: What openstack-exporter asks for, but for quotas of each project.
EXPORTER = ('flavors', 'availability-zones', 'servers', 'services', 'hypervisors', 'aggregates',
            'limits', 'usage')


class Decoder:
    """The program."""

    def __init__(self, folder: pathlib.Path) -> None:
        """Build it.

        :param folder: an empty one
        """
        go = shutil.which('go')
        if go is None or not LIBRARIES.is_dir():
            pytest.skip('GO AND GOPHERCLOUD ARE NOT INSTALLED; `make test-all STAGES=clients` '
                        'installs them')
        self._program = folder / 'decode'
        environment = {**os.environ, 'GO111MODULE': 'off', 'GOPATH': str(LIBRARIES),
                       'GOCACHE': str(folder / 'cache')}
        subprocess.run([go, 'build', '-o', str(self._program), str(SOURCE)], env=environment,
                       check=True, timeout=_BUILD_TIMEOUT)

    def ask(self, url: str, token: str, versions: str, query: str, *identity: str) -> Any:
        """Return what gophercloud made of an answer.

        :param url: of the compute API
        :param versions: the header OpenStack-API-Version, the compute version first
        :param query: one of those that the program knows
        :param identity: of one resource, or nothing
        """
        done = subprocess.run([str(self._program), url, token, versions, query, *identity],
                              capture_output=True, text=True, timeout=_TIMEOUT, check=False)
        assert done.returncode == 0, (query, versions, done.stderr)
        return json.loads(done.stdout)
