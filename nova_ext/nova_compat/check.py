# SPDX-License-Identifier: Apache-2.0
"""Whether the Nova that is installed is as nova-ext knows it; run as a module, it tells."""

from __future__ import annotations

import importlib.util
import sys

from nova_ext.nova_compat import (
    api,
    compute,
    database,
    ironic,
    libvirt,
    libvirt_metadata,
    libvirt_moves,
)
from nova_ext.nova_compat.internals import Difference, Internal

INTERNALS: tuple[Internal, ...] = (
    *api.INTERNALS, *database.INTERNALS, *compute.INTERNALS, *libvirt.INTERNALS,
    *libvirt_moves.INTERNALS, *libvirt_metadata.INTERNALS, *ironic.INTERNALS)

if importlib.util.find_spec('oslo_vmware'):  # without it, Nova's driver for VMware does not run
    from nova_ext.nova_compat import vmware

    INTERNALS += vmware.INTERNALS


def differences() -> list[Difference]:
    """What is not as nova-ext knows it."""
    return [difference for internal in INTERNALS for difference in internal.differences()]


if __name__ == '__main__':
    found = differences()
    print('\n'.join(difference.text for difference in found)
          or f'All {len(INTERNALS)} internals of Nova are as expected.')
    sys.exit(1 if found else 0)
