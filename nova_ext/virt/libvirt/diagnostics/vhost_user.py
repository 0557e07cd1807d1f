# SPDX-License-Identifier: Apache-2.0
"""The counters of vhost-user NICs, which have no device on the host: Open vSwitch has them.

libvirt runs ``ovs-vsctl`` for each, and waits for it for up to five seconds. Meanwhile it answers
nothing else about that guest. So they are asked for apart, one NIC after another, and when that
takes too long, not again for a while: a database that hangs, hangs for all guests of the host.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import libvirt
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.diagnostics import domain_stats

LOG = logging.getLogger(__name__)

#: Seconds for which Open vSwitch is not asked again when it did not answer.
_SILENT_TTL = 60.0

#: Seconds after which nothing is expected of the NICs that come behind.
_SLOW = 1.0


class VhostUserNics:
    """Reads the counters of the vhost-user NICs of one host."""

    def __init__(self, host_queries: queries.Queries) -> None:
        """Take what asks the host's libvirt."""
        self._queries = host_queries
        self._silent_until = 0.0

    def read(self, uuid: str, devices: Sequence[str]) -> dict[str, domain_stats.Statistics]:
        """The counters by device; those that are not known in time are missing.

        :param uuid: the guest
        :param devices: of its vhost-user NICs
        """
        if not devices or time.monotonic() < self._silent_until:
            return {}
        try:
            asked = self._queries.ask_switch(uuid, lambda _, domain: _read(domain, devices))
        except exception.NotResponding as error:
            LOG.debug('Counters of vhost-user NICs are unknown: %s', error, instance_uuid=uuid)
            return {}
        try:
            return asked.result()
        except exception.NotResponding as error:
            self._silent_until = time.monotonic() + _SILENT_TTL
            LOG.warning('Counters of vhost-user NICs are unknown for the next %d s: %s',
                        _SILENT_TTL, error, instance_uuid=uuid)
        except libvirt.libvirtError as error:
            LOG.debug('Counters of vhost-user NICs are unknown: %s', error, instance_uuid=uuid)
        return {}


def _read(domain: Any, devices: Sequence[str]) -> dict[str, domain_stats.Statistics]:
    """Ask about one NIC after another, until one takes too long."""
    found: dict[str, domain_stats.Statistics] = {}
    for device in devices:
        began = time.monotonic()
        found.update(domain_stats.devices(domain_stats.single_nics(domain, [device]), 'net'))
        if time.monotonic() - began > _SLOW:
            LOG.debug('Open vSwitch took %.1f s for %s; the NICs after it are skipped',
                      time.monotonic() - began, device, instance_uuid=domain.UUIDString())
            break
    return found
