# SPDX-License-Identifier: Apache-2.0
"""The driver and the Nova that it is in."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest

from tests.ironic import conftest

#: On a host without libvirt.
_LOADS = """
import sys
sys.modules['libvirt'] = None
from nova.virt.nova_ext import IronicDriver
from nova_ext.cmd import setup, status
"""


@pytest.mark.parametrize(('path', 'version'), [
    ('/nodes', '1.999'), ('/nodes/c9f1ac5b-29a4-4f0c-8b4a-7a3f7a5d1a6e/inventory', '1.81')])
def test_what_ironic_does_not_have_is_told_from_a_refusal(
        driver: Any, path: str, version: str) -> None:
    from nova_ext import exception
    from nova_ext.nova_compat import ironic

    connection = ironic.Connection(driver, conftest.TIMEOUT)
    assert connection.get(path, version, without=(404, 406)) is None
    with pytest.raises(exception.NotResponding, match='ironic refuses'):
        connection.get(path, version)


def test_what_is_private_of_nova_is_as_expected(driver: Any) -> None:
    from nova_ext.nova_compat import check, ironic

    assert set(ironic.INTERNALS) <= set(check.INTERNALS)
    assert check.differences() == []


def test_overrides_have_the_signatures_of_novas_methods(driver: Any) -> None:
    stock = type(driver).__mro__[2]
    assert stock.__name__ == 'IronicDriver'
    for name in ('__init__', 'init_host', 'get_instance_diagnostics'):
        assert inspect.signature(getattr(type(driver), name)) == inspect.signature(
            getattr(stock, name))


def test_driver_and_commands_do_without_libvirt() -> None:
    subprocess.run([sys.executable, '-W', 'ignore', '-c', _LOADS], timeout=300, check=True)
