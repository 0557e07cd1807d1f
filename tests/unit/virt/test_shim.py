# SPDX-License-Identifier: Apache-2.0
"""The package that makes nova-ext's drivers importable as ``nova.virt.nova_ext``."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from typing import Any

import fixtures
import nova.virt
from oslo_utils import importutils

from tests.unit import base

CHECKOUT = pathlib.Path(__file__).parents[3]
NAME = 'nova.virt.nova_ext'


class TestShim(base.TestCase):
    """The shim of this checkout, whatever is installed."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.MockPatchObject(
            nova.virt, '__path__', [str(CHECKOUT / 'nova' / 'virt'), *nova.virt.__path__]))
        installed = sys.modules.pop(NAME, None)
        self.addCleanup(self.restore, installed)

    def restore(self, installed: Any) -> None:
        """Undo imports of the shim."""
        sys.modules.pop(NAME, None)
        vars(nova.virt).pop('nova_ext', None)
        if installed is not None:
            sys.modules[NAME] = nova.virt.nova_ext = installed

    def test_configured_driver_is_found_by_its_name(self) -> None:
        from nova_ext.virt.libvirt import driver

        self.assertIs(driver.LibvirtDriver,
                      importutils.import_class('nova.virt.nova_ext.LibvirtDriver'))

    def test_import_of_the_shim_imports_no_driver(self) -> None:
        code = (
            'import sys, nova.virt\n'
            f'nova.virt.__path__.insert(0, {str(CHECKOUT / "nova" / "virt")!r})\n'
            f'import {NAME}\n'
            'print([name for name in sys.modules if name.startswith(("nova_ext", "libvirt"))])\n')
        done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
        self.assertEqual((0, '[]\n'), (done.returncode, done.stdout), done.stderr)

    def test_error_about_unknown_driver_lists_known_ones(self) -> None:
        shim = importutils.import_module(NAME)
        with self.assert_raises(
                AttributeError, r"no compute driver XenDriver; .*'LibvirtDriver'"):
            _ = shim.XenDriver

    def test_nova_raises_import_error_for_unknown_driver(self) -> None:
        with self.assert_raises(ImportError, 'nova-ext has no compute driver XenDriver'):
            importutils.import_class('nova.virt.nova_ext.XenDriver')

    def test_no_package_of_the_checkout_hides_nova(self) -> None:
        self.assertFalse((CHECKOUT / 'nova' / '__init__.py').exists())
        self.assertFalse((CHECKOUT / 'nova' / 'virt' / '__init__.py').exists())
