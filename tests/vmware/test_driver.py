# SPDX-License-Identifier: Apache-2.0
"""The driver and the Nova that it is in."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

#: On a host without libvirt.
_LOADS = """
import sys
sys.modules['libvirt'] = None
from nova.virt.nova_ext import VMwareDriver
from nova_ext.cmd import setup, status
"""


def test_what_is_private_of_nova_is_as_expected(driver: Any) -> None:
    from nova_ext.nova_compat import check, vmware

    assert set(vmware.INTERNALS) <= set(check.INTERNALS)
    assert check.differences() == []


def test_overrides_have_the_signatures_of_novas_methods(driver: Any) -> None:
    import inspect

    stock = type(driver).__mro__[2]
    assert stock.__name__ == 'VMwareVCDriver'
    for name in ('__init__', 'init_host', 'get_instance_diagnostics'):
        assert inspect.signature(getattr(type(driver), name)) == inspect.signature(
            getattr(stock, name))


def test_driver_and_commands_do_without_libvirt() -> None:
    subprocess.run([sys.executable, '-W', 'ignore', '-c', _LOADS], timeout=300, check=True)
