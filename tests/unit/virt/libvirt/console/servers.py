# SPDX-License-Identifier: Apache-2.0
"""Test cases of a host with one server."""

from __future__ import annotations

from pathlib import Path

from nova_ext.virt.libvirt.console import ports, starting
from tests.fixtures import libvirt
from tests.unit.virt.libvirt.console import base


class ConsolesTestCase(base.HostTestCase):
    """A host with a :attr:`server`, whose log is at :attr:`nova_path` by default."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.make_server()
        self.server_directory = self.instances / self.server.uuid
        self.nova_path = Path(base.nova_log_path(self.server))


class StartsTestCase(ConsolesTestCase):
    """The :attr:`starts` of the guests of a host where virtlogd writes the logs."""

    def setUp(self) -> None:
        super().setUp()
        self.configure_handler('logd')
        self.starts = starting.Starts(
            self.conf, self.consoles, ports.Ports(libvirt.make_queries()))
