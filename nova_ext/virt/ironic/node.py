# SPDX-License-Identifier: Apache-2.0
"""A node as ironic's API describes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from oslo_utils import timeutils

#: The fields of a node that are read.
FIELDS = ('uuid', 'power_state', 'maintenance', 'properties', 'instance_info',
          'driver_internal_info')

_STATES = {'power on': 'running', 'power off': 'shutdown'}

#: More than any machine has: an entry is made for each CPU, and memory is a 64-bit integer.
_MOST_CPUS = 2 ** 16
_MOST_MEMORY = 2 ** 43

#: By this, ironic shows that it has something that it does not show.
_REDACTED = 'content'


@dataclasses.dataclass(frozen=True)
class Node:
    """A machine that a server is on; what is None, ironic does not know at this moment."""

    #: In the words of the specification.
    state: Optional[str]
    #: Seconds since ironic switched it on.
    uptime: Optional[int]
    num_cpus: Optional[int]
    #: Lower case with colons.
    mac_addresses: Optional[tuple[str, ...]]
    num_disks: Optional[int]
    #: MiB.
    memory: Optional[int]
    config_drive: Optional[bool]


def parse(shown: Mapping[str, Any], ports: Optional[Iterable[Any]], inventory: Any) -> Node:
    """Read what ironic answered.

    :param shown: the node; any of :data:`FIELDS` may be missing or null
    :param ports: each with an ``address``; None: ironic did not tell
    :param inventory: what an inspection has found; empty: there was none; None: ironic did not
        tell, and what it found may be something else than the node's properties
    """
    state = _state(shown)
    properties = {} if inventory is None else _mapping(shown.get('properties'))
    found = _mapping(inventory)
    return Node(
        state=state,
        uptime=_uptime(shown) if state == 'running' else None,
        num_cpus=_count(
            _mapping(found.get('cpu')).get('count'), properties.get('cpus'), most=_MOST_CPUS),
        mac_addresses=None if ports is None else _mac_addresses(ports, found),
        num_disks=len(found['disks']) if isinstance(found.get('disks'), list) else None,
        memory=_count(
            _mapping(found.get('memory')).get('physical_mb'), properties.get('memory_mb'),
            most=_MOST_MEMORY),
        config_drive=_config_drive(shown.get('instance_info')))


def _state(shown: Mapping[str, Any]) -> Optional[str]:
    """The state, unless it is only what it was when ironic last looked."""
    if shown.get('maintenance'):
        return None  # ironic looks after the power of such nodes no more
    return _STATES.get(shown.get('power_state') or '')


def _uptime(shown: Mapping[str, Any]) -> Optional[int]:
    """Seconds since the power was switched by ironic; None: it was not, or the clocks differ."""
    text = _mapping(shown.get('driver_internal_info')).get('last_power_state_change')
    if not isinstance(text, str):
        return None
    try:
        changed = timeutils.parse_isotime(text)  # without a time zone, as ironic writes it: UTC
    except ValueError:
        return None
    seconds = (timeutils.utcnow(with_timezone=True) - changed).total_seconds()
    return int(seconds) if seconds >= 0 else None


def _mac_addresses(
        ports: Iterable[Any], found: Mapping[str, Any]) -> Optional[tuple[str, ...]]:
    """Those of the ports; of a node without ports, those that its inspection has found."""
    addresses = [_mapping(port).get('address') for port in ports] or [
        _mapping(interface).get('mac_address') for interface in found.get('interfaces') or ()]
    return tuple(
        address.lower() for address in addresses if address and isinstance(address, str)) or None


def _config_drive(instance_info: Any) -> Optional[bool]:
    """Whether ironic was given a configuration drive, which it shows as asterisks."""
    if not isinstance(instance_info, Mapping) or _REDACTED in instance_info:
        return None
    return bool(instance_info.get('configdrive'))


def _count(*values: Any, most: int) -> Optional[int]:
    """The first that is a number from 1 to the most; people write properties, also as text."""
    for value in values:
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            continue
        if 0 < number <= most:
            return number
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
