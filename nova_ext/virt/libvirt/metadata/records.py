# SPDX-License-Identifier: Apache-2.0
"""What Nova's records say of the servers of a host, and what the host knows before them."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Iterable
from typing import Any, Optional

from nova import context as nova_context
from nova import objects

from nova_ext.virt.libvirt.metadata import block, element

#: What is read of a server beside its record itself.
_PARTS = ('flavor', 'info_cache', 'system_metadata')

#: Seconds for which the host's word about a device counts more than the record's. Between the
#: guest losing a device and the record of it lies what cinder and neutron have to do.
_PENDING = 60.0

#: The servers whose block devices are asked for in one message.
_AT_ONCE = 500


@dataclasses.dataclass(frozen=True)
class Record:
    """What is known of a server."""

    #: nova.objects.Instance with what its metadata needs.
    instance: Any
    root: block.Root
    volumes: tuple[element.Volume, ...]
    #: nova.network.model.VIF of each port.
    vifs: tuple[Any, ...]

    @property
    def ports(self) -> tuple[element.Port, ...]:
        """Its ports."""
        return tuple(port(vif) for vif in self.vifs)


def volume_id(connection_info: dict[str, Any]) -> str:
    """The volume that a connection leads to; empty when it does not say."""
    return str((connection_info.get('data') or {}).get('volume_id')
               or connection_info.get('serial') or '')


def is_unshelved(instance: Any) -> bool:
    """Whether the server is being unshelved from an image of its disk.

    Its record names that image until it is done.

    :param instance: nova.objects.Instance
    """
    return bool(instance.image_ref and instance.image_ref == instance.system_metadata.get(
        'shelved_image_id'))


class PendingChanges:
    """The devices detached from guests lately, though Nova's records may still have them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: By server and device, until when that counts.
        self._detached: dict[tuple[str, str], float] = {}

    def detached(self, server: str, device: str) -> None:
        """Note that a guest has a volume or port no more."""
        now = time.monotonic()
        with self._lock:
            self._detached = {key: until for key, until in self._detached.items() if until > now}
            self._detached[server, device] = now + _PENDING

    def attached(self, server: str, device: str) -> None:
        """Note that a guest has a volume or port."""
        with self._lock:
            self._detached.pop((server, device), None)

    def forget(self, server: str) -> None:
        """Believe the records: a guest is made by what they say."""
        with self._lock:
            self._detached = {
                key: until for key, until in self._detached.items() if key[0] != server}

    def is_detached(self, server: str, device: str) -> bool:
        """Whether a guest does not have that volume or port, though its record may."""
        with self._lock:
            return self._detached.get((server, device), 0.0) > time.monotonic()


class Records:
    """Reads Nova's records, through its objects."""

    def __init__(self, pending: PendingChanges) -> None:
        self._pending = pending

    def read(self, uuid: str) -> Record:
        """One server.

        :raises nova.exception.InstanceNotFound: there is none
        """
        context = nova_context.get_admin_context()
        return self.of(objects.Instance.get_by_uuid(context, uuid, expected_attrs=list(_PARTS)))

    def read_all(self, host: str) -> list[Record]:
        """All servers of a host, in a few messages however many they are."""
        context = nova_context.get_admin_context()
        servers = list(objects.InstanceList.get_by_host(
            context, host, expected_attrs=list(_PARTS)))
        devices: dict[str, Any] = {}
        for start in range(0, len(servers), _AT_ONCE):
            devices.update(objects.BlockDeviceMappingList.bdms_by_instance_uuid(
                context, [server.uuid for server in servers[start:start + _AT_ONCE]]))
        return [self._record(server, devices.get(server.uuid, ()), server.get_network_info())
                for server in servers]

    def of(self, instance: Any, vifs: Optional[Iterable[Any]] = None) -> Record:
        """A server whose record is at hand.

        :param instance: nova.objects.Instance
        :param vifs: its ports; None: those of the record
        """
        devices = objects.BlockDeviceMappingList.get_by_instance_uuid(
            nova_context.get_admin_context(), instance.uuid)
        return self._record(
            instance, devices, instance.get_network_info() if vifs is None else vifs)

    def _record(self, instance: Any, devices: Iterable[Any], vifs: Iterable[Any]) -> Record:
        devices = list(devices)
        return Record(
            instance=instance, root=self._root(instance, devices),
            volumes=tuple(sorted(self._volumes(instance, devices), key=_by_device)),
            vifs=tuple(vif for vif in vifs or ()
                       if not self._pending.is_detached(instance.uuid, vif['id'])))

    def _root(self, instance: Any, devices: Iterable[Any]) -> block.Root:
        boot = next((device for device in devices if device.boot_index == 0), None)
        if boot is not None and boot.destination_type == 'volume':
            return block.Root('volume', boot.volume_id or '')
        image = instance.image_ref or ''
        if is_unshelved(instance):
            image = instance.system_metadata.get('image_base_image_ref') or image
        return block.Root('image' if image else 'volume', image)

    def _volumes(self, instance: Any, devices: Iterable[Any]) -> Iterable[element.Volume]:
        for device in devices:
            volume = device.volume_id
            if (device.destination_type == 'volume' and volume
                    and not self._pending.is_detached(instance.uuid, volume)):
                yield element.Volume(uuid=volume, device=device.device_name)


def _by_device(volume: element.Volume) -> tuple[int, str, str]:
    """So that ``/dev/vdaa`` comes after ``/dev/vdz``."""
    device = volume.device or ''
    return len(device), device, volume.uuid


def port(vif: Any) -> element.Port:
    """A port, of the nova.network.model.VIF that Nova's record of it is."""
    network = None
    with contextlib.suppress(KeyError, TypeError):
        network = vif['network']['id']
    return element.Port(uuid=vif['id'], mac=vif.get('address'), network=network)
