# SPDX-License-Identifier: Apache-2.0
"""What Nova keeps about servers, and what libvirt has of them."""

from __future__ import annotations

import copy
import datetime
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Optional

from lxml import etree

from nova_ext.virt.libvirt.metadata import block, element
from tests.unit import support

CREATED = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.timezone.utc)
IMAGE = str(uuid.UUID(int=1))
NETWORK = str(uuid.UUID(int=2))


def vif(number: int, **values: Any) -> Any:
    """A nova.network.model.VIF."""
    from nova.network import model

    address = model.FixedIP(address=f'10.0.0.{number}', version=4)
    return model.VIF(**{
        'id': str(uuid.UUID(int=1000 + number)), 'address': f'fa:16:3e:00:00:{number:02x}',
        'network': model.Network(
            id=NETWORK, label='net0', subnets=[model.Subnet(ips=[address], version=4)]),
        **values})


def server(**values: Any) -> Any:
    """A nova.objects.Instance with all that metadata needs."""
    from nova import objects
    from nova.network import model

    objects.register_all()
    instance = support.instance(**{
        'display_name': 'web', 'created_at': CREATED, 'user_id': 'user', 'image_ref': IMAGE,
        'availability_zone': 'zone1', 'task_state': None, 'system_metadata': {
            'owner_user_name': 'Ada', 'owner_project_name': 'engines',
            'image_base_image_ref': IMAGE, 'image_hw_disk_bus': 'virtio'},
        'flavor': objects.Flavor(
            name='small', flavorid='42', memory_mb=512, vcpus=2, root_gb=10, ephemeral_gb=0,
            swap=0, extra_specs={'hw:cpu_policy': 'shared'}),
        **values})
    instance.info_cache = objects.InstanceInfoCache(
        instance_uuid=instance.uuid, network_info=model.NetworkInfo([vif(1)]))
    return instance


def device(instance_uuid: str, volume_id: Optional[str], name: str = '/dev/vdb',
           boot_index: Optional[int] = None) -> Any:
    """A nova.objects.BlockDeviceMapping; without a volume a disk of the host's own."""
    from nova import objects

    return objects.BlockDeviceMapping(
        instance_uuid=instance_uuid, volume_id=volume_id, device_name=name,
        boot_index=boot_index, source_type='volume' if volume_id else 'image',
        destination_type='volume' if volume_id else 'local')


class Kept:
    """Nova's records. ``reads`` counts the messages to the conductor that they take."""

    def __init__(self) -> None:
        self.servers: dict[str, Any] = {}
        self.devices: list[Any] = []
        self.reads: Counter[str] = Counter()
        #: What else happens while records are read.
        self.meanwhile: Callable[[], object] = lambda: None

    def add(self, **values: Any) -> Any:
        """Make a server that boots from an image."""
        made = server(**values)
        self.servers[made.uuid] = made
        self.devices.append(device(made.uuid, None, '/dev/vda', 0))
        return made

    def boots_from(self, instance: Any, volume_id: Optional[str]) -> None:
        """Have the server boot from a volume."""
        instance.image_ref = ''
        self.devices = [one for one in self.devices if one.instance_uuid != instance.uuid]
        self.devices.append(device(instance.uuid, volume_id, '/dev/vda', 0))
        self.devices[-1].destination_type = 'volume'

    def instance(self, context: Any, instance_uuid: str, expected_attrs: Any) -> Any:
        from nova import exception

        assert context.is_admin
        self.reads['instance'] += 1
        if instance_uuid not in self.servers:
            raise exception.InstanceNotFound(instance_id=instance_uuid)
        return copy.deepcopy(self.servers[instance_uuid])

    def instances(self, context: Any, host: str, expected_attrs: Any) -> list[Any]:
        assert context.is_admin
        self.reads['instances'] += 1
        found = [copy.deepcopy(one) for one in self.servers.values() if one.host == host]
        self.meanwhile()
        return found

    def devices_of_one(self, context: Any, instance_uuid: str) -> list[Any]:
        self.reads['devices'] += 1
        return [one for one in self.devices if one.instance_uuid == instance_uuid]

    def devices_of_all(self, context: Any, uuids: Iterable[str]) -> dict[str, list[Any]]:
        self.reads['all devices'] += 1
        return {one: [its for its in self.devices if its.instance_uuid == one] for one in uuids}


class Asker:
    """Makes calls at once, and remembers them."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        #: Name of the call, and server.
        self.calls: Counter[tuple[str, str]] = Counter()
        #: By server, what a write to it raises.
        self.errors: dict[str, Exception] = {}

    def ask(self, server_uuid: str, question: Callable[[Any, Any], Any]) -> Asker:
        self._answer = question(
            self._connection,
            _Domain(self, self._connection.lookupByUUIDString(server_uuid), server_uuid))
        return self

    def result(self) -> Any:
        return self._answer

    def count(self, name: str) -> int:
        return sum(count for (called, _), count in self.calls.items() if called == name)


class _Domain:
    def __init__(self, asker: Asker, domain: Any, server_uuid: str) -> None:
        self._asker, self._domain, self._uuid = asker, domain, server_uuid

    def __getattr__(self, name: str) -> Any:
        self._asker.calls[name, self._uuid] += 1
        if name == 'setMetadata' and self._uuid in self._asker.errors:
            raise self._asker.errors[self._uuid]
        return getattr(self._domain, name)


class Metadata:
    """What one of a domain's definitions says."""

    def __init__(self, domain: Any, *, inactive: bool = False) -> None:
        import libvirt

        self.root: Any = etree.fromstring(
            domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE if inactive else 0))
        self.nova = block.find(self.root)
        self.ours: Any = element.find(self.root)

    def nova_text(self, name: str) -> Optional[str]:
        text: Optional[str] = self.nova.findtext(f'{{{block.NAMESPACE}}}{name}')
        return text

    def nova_attributes(self, name: str) -> dict[str, str]:
        return dict(self.nova.find(f'{{{block.NAMESPACE}}}{name}').attrib)

    def our_attributes(self, path: str) -> list[dict[str, str]]:
        found = self.ours.findall(
            '/'.join(f'{{{element.NAMESPACE}}}{name}' for name in path.split('/')))
        return [dict(one.attrib) for one in found]


def both(connection: Any, instance: Any) -> list[Metadata]:
    """What the live and the persistent definition of a server's domain say."""
    domain = connection.lookupByUUIDString(instance.uuid)
    return [Metadata(domain), Metadata(domain, inactive=True)]
