# SPDX-License-Identifier: Apache-2.0
"""``nova_ext.IronicDriver`` over as much of Nova's driver as it uses, and an ironic."""

from __future__ import annotations

import types
from typing import Any

from nova import conf as nova_conf
from nova import exception as nova_exception

from nova_ext.objects import diagnostics
from nova_ext.virt.ironic import driver
from tests.fixtures import configuration, fake_ironic, rpc
from tests.unit import base, support

TIMEOUT = 0.5


class NovaDriver:
    """As much of Nova's ironic driver as the mixin uses."""

    def __init__(self, virtapi: Any, read_only: bool = False) -> None:
        self.read_only = read_only
        self.hosts: list[str] = []
        self.ironic_connection: Any = None

    def init_host(self, host: str) -> None:
        self.hosts.append(host)


class Driver(driver.IronicMixin, NovaDriver):
    """What ``nova_ext.IronicDriver`` is over Nova's own driver."""


class Unavailable:
    """Nova's driver, whose connection cannot be made."""

    def __init__(self, virtapi: Any) -> None:
        self.virtapi = virtapi

    @property
    def ironic_connection(self) -> Any:
        raise nova_exception.ServiceUnavailable()


class UnavailableDriver(driver.IronicMixin, Unavailable):
    """What ``nova_ext.IronicDriver`` is where there is no ironic."""


class DriverTestCase(base.TestCase):
    """A driver for an ironic in which a server is."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(rpc.Rpc(self.useFixture(configuration.Configuration()).conf))
        nova_conf.CONF.set_override('ironic_timeout', TIMEOUT, 'nova_ext')
        self.ironic = self.useFixture(fake_ironic.FakeIronic())
        self.compute = types.SimpleNamespace(additional_endpoints=['nova'])
        self.driver = Driver(types.SimpleNamespace(_compute=self.compute), read_only=True)
        self.driver.ironic_connection = self.ironic
        self.instance = support.instance(uuid=fake_ironic.SERVER)

    def ask(self, instance: Any = None) -> Any:
        """The values that are answered over RPC."""
        endpoint = self.compute.additional_endpoints[1]
        answer = endpoint.get_diagnostics(None, instance or self.instance, '1.0')
        return support.values(diagnostics.Diagnostics.obj_from_primitive(answer))

    def how(self, path: str) -> dict[str, Any]:
        """How the only request for a path was sent."""
        [found] = [how for asked, _, how in self.ironic.requests if asked.startswith(path)]
        return found
