# SPDX-License-Identifier: Apache-2.0
"""The mixin over Nova's own libvirt driver, which is connected to libvirt's test driver."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import fixtures
from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt.libvirt import driver
from tests.fixtures import privsep
from tests.unit.virt.libvirt.metadata import base


class DriverTestCase(base.HostTestCase):
    """``nova_ext.LibvirtDriver``, all of it, as :attr:`driver`."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(privsep.PrivsepInProcess())
        self.conf.set_override('connection_uri', 'test:///default', 'libvirt')
        self.conf.set_override('virt_type', 'qemu', 'libvirt')
        self.compute = types.SimpleNamespace(additional_endpoints=[])
        self.driver: Any = driver.LibvirtDriver(types.SimpleNamespace(_compute=self.compute))

    def replace_nova_method(
            self, name: str, result: Any = None,
            effect: Callable[[], object] = lambda: None) -> list[tuple[Any, Any]]:
        """Replace a method of Nova's driver, and return the list of its calls from now on."""
        calls: list[tuple[Any, Any]] = []

        def replacement(_: Any, *arguments: Any, **options: Any) -> Any:
            calls.append((arguments, options))
            effect()
            return result

        self.useFixture(
            fixtures.MockPatchObject(nova_driver.LibvirtDriver, name, replacement))
        return calls
