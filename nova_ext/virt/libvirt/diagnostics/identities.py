# SPDX-License-Identifier: Apache-2.0
"""Which volume a disk is and which port a NIC is, by what the host knows already.

Neither the network service nor the block storage service is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Optional

from oslo_utils import uuidutils

from nova_ext.virt.libvirt.diagnostics import domain
from nova_ext.virt.libvirt.metadata import element, records

#: How many letters the name of a device has before those of the port's UUID, as ``tap`` in
#: ``tap0b07ff5c-6a``.
_DEVICE_PREFIX = 3


def volume_id(disk: domain.Disk, volumes: Iterable[element.Volume]) -> Optional[str]:
    """UUID of the volume that a disk is; None for a local disk, and when it is uncertain.

    The disk's serial number is that of the volume that was attached. It stays when Nova swaps the
    volume for another; then nova-ext has noted another one for the device. Which of the two is
    right, the disk's source shows by its name.

    :param volumes: what nova-ext has noted in the domain
    """
    serial = disk.serial
    if not uuidutils.is_uuid_like(serial):
        return None
    noted = next((volume.uuid for volume in volumes if volume.device == f'/dev/{disk.device}'),
                 serial)
    if noted == serial:
        return serial
    return next((uuid for uuid in (noted, serial) if uuid and uuid in disk.source), None)


def find_ports(description: domain.Domain, instance: Any) -> list[Optional[element.Port]]:
    """The port that each NIC is; None: it is not known.

    :param description: the guest's domain
    :param instance: nova.objects.Instance, whose cached network information is used if it is
        there; None: there is no more than what the domain says
    """
    known = {port.uuid: port for port in (*description.ports, *_cached(instance))}
    return [_find_port(nic, list(known.values())) for nic in description.nics]


def _find_port(nic: domain.Nic, known: Sequence[element.Port]) -> Optional[element.Port]:
    if nic.port_id is not None:
        return next((port for port in known if port.uuid == nic.port_id),
                    element.Port(uuid=nic.port_id, mac=nic.mac_address, network=None))
    same = [port for port in known if nic.mac_address == (port.mac or '').lower()]
    if len(same) > 1:  # in different networks, two ports may have one address
        begin = (nic.device or '')[_DEVICE_PREFIX:]
        same = [port for port in same if begin and port.uuid.startswith(begin)]
    return same[0] if len(same) == 1 else None


def _cached(instance: Any) -> tuple[element.Port, ...]:
    """The ports in the record that the caller has sent; nothing is read for it."""
    if instance is None or not instance.obj_attr_is_set('info_cache'):
        return ()
    return tuple(records.port(vif) for vif in instance.get_network_info() or ())
