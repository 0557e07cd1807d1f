# SPDX-License-Identifier: Apache-2.0
"""Nova's own block in a domain's metadata: the same elements, with the right values.

Nova's driver makes the block, in the form of its release. What is corrected is what it gets
wrong: the time of creation, which it takes to be now, and the root of a server that boots from a
volume.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from typing import Any, NamedTuple

from lxml import etree

from nova_ext.virt.libvirt.metadata import names

NAMESPACE = 'http://openstack.org/xmlns/libvirt/nova/1.1'

#: What Nova has libvirt declare the namespace as, too, when it sets the block.
KEY = 'instance'


class Root(NamedTuple):
    """What a server's root disk is made of."""

    #: ``image`` or ``volume``.
    type: str
    uuid: str


def correct(configuration: Any, instance: Any, root: Root) -> None:
    """Put the right values into Nova's configuration object of the block.

    :param configuration: nova.virt.libvirt.config.LibvirtConfigGuestMetaNovaInstance
    :param instance: nova.objects.Instance
    """
    configuration.name = instance.display_name or instance.uuid
    if instance.created_at is not None:
        configuration.creationTime = calendar.timegm(instance.created_at.utctimetuple())
    configuration.roottype, configuration.rootid = root
    names.fit_all(configuration)


def of_guest(configurations: Iterable[Any]) -> Any:
    """Nova's among the metadata of a guest's configuration; None: there is none."""
    return next((one for one in configurations if hasattr(one, 'creationTime')), None)


def find(domain: etree._Element) -> Any:
    """The block in a domain; None: there is none."""
    return domain.find(f'./metadata/{{{NAMESPACE}}}instance')
