# SPDX-License-Identifier: Apache-2.0
"""nova-ext's own element in a domain's metadata.

Its form is in ``nova-ext-1.0.rng`` beside this file. It always has the name ``domain``, and
``started`` is where the first versions of the plugin, which wrote nothing else, had it.
"""

from __future__ import annotations

import calendar
import copy
import dataclasses
import importlib.metadata
import time
from typing import Optional

from lxml import etree
from oslo_log import log as logging

from nova_ext.virt.libvirt.metadata import names

LOG = logging.getLogger(__name__)

#: The plugin that runs; another one may have been installed since it was started.
try:
    PLUGIN = importlib.metadata.version('nova-ext')
except importlib.metadata.PackageNotFoundError:
    PLUGIN = 'unknown'

#: nova-ext's own XML namespace inside ``<metadata>``.
NAMESPACE = 'http://openstack.org/xmlns/libvirt/nova-ext/1.0'

#: What libvirt declares the namespace as, too. It refuses the prefix that is in use already.
KEY = 'domain'

#: Says when the element was written; everything else says how things are.
REFRESHED = 'refreshed'

_PREFIX = 'nova_ext'

_TIME_FORMAT = '%Y-%m-%dT%H:%M:%SZ'

#: Seconds by which one time of start may be found differently: a process's age is reckoned from
#: the clock, which is set right now and then, and times are written in whole seconds.
_TOLERANCE = 2.0


@dataclasses.dataclass(frozen=True)
class Volume:
    """An attached volume."""

    uuid: str
    #: Name of the device as the API has it, ``/dev/vdb``; None: it has none yet.
    device: Optional[str]


@dataclasses.dataclass(frozen=True)
class Port:
    """A port of the network service."""

    uuid: str
    mac: Optional[str]
    #: UUID of its network.
    network: Optional[str]


@dataclasses.dataclass(frozen=True)
class Description:
    """All that the element says but times."""

    #: Version of the plugin.
    plugin: str
    #: Name of the compute host.
    host: str
    #: None: the server was given to its host without one.
    availability_zone: Optional[str]
    volumes: tuple[Volume, ...]
    ports: tuple[Port, ...]


class PrebuiltElement:
    """An element among Nova's configuration objects."""

    def __init__(self, built: etree._Element) -> None:
        self._built = built

    def format_dom(self) -> etree._Element:
        """The element, as Nova asks its own objects for theirs."""
        return self._built


def build(description: Description, started: Optional[float] = None) -> etree._Element:
    """Make the element.

    :param started: seconds since the epoch at which the guest was started; None: it does not
        run, or nobody knows
    """
    root = etree.Element(_tag('domain'), nsmap={_PREFIX: NAMESPACE})
    _set(root, started=None if started is None else _written(started),
         refreshed=_written(time.time()))
    _add(root, 'plugin', version=description.plugin)
    _add(root, 'host', name=description.host,
         availability_zone=description.availability_zone)
    volumes = _add(root, 'volumes')
    for volume in description.volumes:
        _add(volumes, 'volume', uuid=volume.uuid, device=volume.device)
    ports = _add(root, 'ports')
    for port in description.ports:
        _add(ports, 'port', uuid=port.uuid, mac=port.mac, network=port.network)
    return root


def find(domain: etree._Element) -> Optional[etree._Element]:
    """The element in a domain, whichever version of the plugin wrote it."""
    return domain.find(f'./metadata/{_tag("domain")}')


def get_volumes(element: Optional[etree._Element]) -> tuple[Volume, ...]:
    """The volumes that the element names."""
    return tuple(Volume(uuid=found.get('uuid') or '', device=found.get('device'))
                 for found in _list(element, 'volumes', 'volume'))


def get_ports(element: Optional[etree._Element]) -> tuple[Port, ...]:
    """The ports that the element names."""
    return tuple(Port(uuid=found.get('uuid') or '', mac=found.get('mac'),
                      network=found.get('network'))
                 for found in _list(element, 'ports', 'port'))


def get_started(element: Optional[etree._Element]) -> Optional[float]:
    """Seconds since the epoch at which the element says that the guest was started."""
    text = None if element is None else element.get('started')
    if not text:
        return None
    try:
        return float(calendar.timegm(time.strptime(text, _TIME_FORMAT)))
    except ValueError as error:
        LOG.warning('Invalid start time %r in domain metadata: %s', text, error)
        return None


def with_started(element: Optional[etree._Element], started: float) -> etree._Element:
    """The element with another time of start; where there was none, one that says only that."""
    found = etree.Element(_tag('domain'), nsmap={_PREFIX: NAMESPACE})
    if element is not None:
        found.attrib.update(element.attrib)
        found.extend(copy.deepcopy(element))
    found.set('started', _written(started))
    return found


def prefer_recorded(started: Optional[float], before: Optional[float]) -> Optional[float]:
    """The time of start to write: the one that was written before, unless it is another."""
    if started is None or before is None or abs(started - before) > _TOLERANCE:
        return started
    return before


def _written(seconds: float) -> str:
    return time.strftime(_TIME_FORMAT, time.gmtime(seconds))


def _list(element: Optional[etree._Element], group: str, name: str) -> list[etree._Element]:
    return [] if element is None else element.findall(f'{_tag(group)}/{_tag(name)}')


def _tag(name: str) -> str:
    return f'{{{NAMESPACE}}}{name}'


def _add(parent: etree._Element, child: str, /, **attributes: Optional[str]) -> etree._Element:
    element = etree.SubElement(parent, _tag(child))
    _set(element, **attributes)
    return element


def _set(element: etree._Element, **attributes: Optional[str]) -> None:
    for name, value in attributes.items():
        if value is not None:
            element.set(name, names.fit(value))
