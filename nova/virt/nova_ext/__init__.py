# SPDX-License-Identifier: Apache-2.0
"""Where Nova finds this plugin's compute drivers.

Nova imports ``nova.virt.<compute_driver>`` and nothing else, so ``compute_driver =
nova_ext.LibvirtDriver`` is looked up here. There is no ``nova/__init__.py`` and no
``nova/virt/__init__.py`` beside this file: those are Nova's own.
"""

from __future__ import annotations

from typing import Any

_DRIVERS = {
    'IronicDriver': 'nova_ext.virt.ironic.driver',
    'LibvirtDriver': 'nova_ext.virt.libvirt.driver',
    'VMwareDriver': 'nova_ext.virt.vmware.driver',
}


def __getattr__(name: str) -> Any:
    """Import a driver when Nova asks for it, and not before."""
    if name not in _DRIVERS:
        raise AttributeError(f'nova-ext has no compute driver {name}; it has {sorted(_DRIVERS)}')
    import importlib

    return getattr(importlib.import_module(_DRIVERS[name]), name)
