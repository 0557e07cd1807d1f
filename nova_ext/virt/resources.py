# SPDX-License-Identifier: Apache-2.0
"""What a host stores about itself in its compute node record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oslo_log import log as logging

LOG = logging.getLogger(__name__)


def add_uptime(resources: dict[str, Any], get_uptime: Callable[[], str]) -> None:
    """Store the host's uptime, as Nova's driver does from release 29 on.

    With it, nobody has to ask the host when hypervisors are listed.

    :param resources: as the driver reports them
    :param get_uptime: gives the output of ``uptime``
    """
    stats = resources.setdefault('stats', {})
    if 'uptime' in stats:
        return
    try:
        stats['uptime'] = get_uptime()
    except Exception as error:  # resources are reported without it
        LOG.warning('The uptime of this host cannot be stored: %s: %s',
                    type(error).__name__, error)
