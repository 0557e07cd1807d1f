# SPDX-License-Identifier: Apache-2.0
"""A cloud whose configuration files are written into a directory."""

from __future__ import annotations

import configparser

from sandbox import config, hosts, settings
from sandbox.config import Environments
from sandbox.settings import Options
from tests.unit import base


class ConfigTestCase(base.TestCase):
    """An empty directory for the files, and environments that hold only what config reads."""

    def setUp(self) -> None:
        super().setUp()
        self.cloud = self.make_directory()
        self.patch(settings, 'CLOUD', self.cloud)
        for name in ('nova', 'nova-ext'):
            paste = self.cloud / name / 'etc/nova/api-paste.ini'
            paste.parent.mkdir(parents=True)
            paste.write_text(
                '[composite:openstack_compute_api_v21]\nkeystone = a app\n'
                '[composite:openstack_compute_api_v21_legacy_v2_compatible]\nkeystone = a app\n')
        self.environments = Environments(
            self.cloud / 'services', self.cloud / 'nova-ext', self.cloud / 'nova')

    def write(self, options: Options, virt_type: str = 'qemu') -> None:
        """Write the files of a cloud with these options."""
        config.write(options, hosts.all_hosts(options.all_hosts), self.environments, virt_type)

    def read(self, name: str) -> configparser.RawConfigParser:
        """Parse a file below etc/."""
        parser = configparser.RawConfigParser()
        parser.read_string((self.cloud / 'etc' / name).read_text())
        return parser

    def read_texts(self, pattern: str) -> list[str]:
        """Read the files below etc/ that match a pattern."""
        return [path.read_text() for path in (self.cloud / 'etc').rglob(pattern)
                if path.is_file()]
