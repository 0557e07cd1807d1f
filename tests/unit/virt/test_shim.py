# SPDX-License-Identifier: Apache-2.0
"""The package that makes nova-ext's drivers importable as ``nova.virt.nova_ext``."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Iterator

import nova.virt
import pytest
from oslo_utils import importutils

CHECKOUT = pathlib.Path(__file__).parents[3]
NAME = 'nova.virt.nova_ext'


@pytest.fixture(autouse=True)
def checkout(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shim of this checkout, whatever is installed."""
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    monkeypatch.setattr(
        nova.virt, '__path__', [str(CHECKOUT / 'nova' / 'virt'), *nova.virt.__path__])
    yield
    sys.modules.pop(NAME, None)


def test_nova_finds_the_driver_by_the_name_in_its_configuration() -> None:
    from nova_ext.virt.libvirt import driver

    assert importutils.import_class('nova.virt.nova_ext.LibvirtDriver') is driver.LibvirtDriver


def test_importing_the_package_imports_no_driver() -> None:
    code = (
        'import sys, nova.virt\n'
        f'nova.virt.__path__.insert(0, {str(CHECKOUT / "nova" / "virt")!r})\n'
        f'import {NAME}\n'
        'print([name for name in sys.modules if name.startswith(("nova_ext", "libvirt"))])\n')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == '[]\n'


def test_an_unknown_driver_is_refused_with_those_that_there_are() -> None:
    shim = importutils.import_module(NAME)
    with pytest.raises(AttributeError, match=r"no compute driver XenDriver; .*'LibvirtDriver'"):
        _ = shim.XenDriver


def test_nova_passes_the_refusal_on_to_whoever_reads_its_log() -> None:
    with pytest.raises(ImportError, match='nova-ext has no compute driver XenDriver'):
        importutils.import_class('nova.virt.nova_ext.XenDriver')


def test_beside_the_shim_there_is_nothing_that_would_hide_nova() -> None:
    assert not (CHECKOUT / 'nova' / '__init__.py').exists()
    assert not (CHECKOUT / 'nova' / 'virt' / '__init__.py').exists()
