# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for Nova's records."""

from __future__ import annotations

import copy
import datetime
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Optional

import fixtures

from tests.unit import support

CREATED = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.timezone.utc)
IMAGE = str(uuid.UUID(int=1))
NETWORK = str(uuid.UUID(int=2))


def make_vif(number: int, **values: Any) -> Any:
    """Return a nova.network.model.VIF."""
    from nova.network import model

    address = model.FixedIP(address=f'10.0.0.{number}', version=4)
    return model.VIF(**{
        'id': str(uuid.UUID(int=1000 + number)), 'address': f'fa:16:3e:00:00:{number:02x}',
        'network': model.Network(
            id=NETWORK, label='net0', subnets=[model.Subnet(ips=[address], version=4)]),
        **values})


def make_server(**values: Any) -> Any:
    """Return a nova.objects.Instance with everything that metadata needs."""
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
        instance_uuid=instance.uuid, network_info=model.NetworkInfo([make_vif(1)]))
    return instance


def make_device(instance_uuid: str, volume_id: Optional[str], name: str = '/dev/vdb',
                boot_index: Optional[int] = None) -> Any:
    """Return a nova.objects.BlockDeviceMapping; without a volume, of a disk of the host."""
    from nova import objects

    return objects.BlockDeviceMapping(
        instance_uuid=instance_uuid, volume_id=volume_id, device_name=name,
        boot_index=boot_index, source_type='volume' if volume_id else 'image',
        destination_type='volume' if volume_id else 'local')


def _do_nothing() -> None:
    pass


class Records(fixtures.Fixture):
    """Nova's records; :attr:`reads` counts the messages to the conductor."""

    def _setUp(self) -> None:
        from nova import objects

        objects.register_all()
        #: By UUID, a nova.objects.Instance.
        self.servers: dict[str, Any] = {}
        self.devices: list[Any] = []
        self.reads: Counter[str] = Counter()
        #: Called once, while a server or all servers of a host are read for the next time.
        self.meanwhile: Callable[[], object] = _do_nothing
        for cls, name, replacement in (
                (objects.Instance, 'get_by_uuid', self._get_server),
                (objects.InstanceList, 'get_by_host', self._get_servers),
                (objects.BlockDeviceMappingList, 'get_by_instance_uuid', self._get_devices),
                (objects.BlockDeviceMappingList, 'bdms_by_instance_uuid',
                 self._get_all_devices)):
            self.useFixture(fixtures.MockPatchObject(cls, name, replacement))

    def add(self, **values: Any) -> Any:
        """Add a server that boots from an image, and return its nova.objects.Instance."""
        server = make_server(**values)
        self.servers[server.uuid] = server
        self.devices.append(make_device(server.uuid, None, '/dev/vda', 0))
        return server

    def boot_from_volume(self, server: Any, volume_id: Optional[str]) -> None:
        """Replace all devices of a server by a volume; None: one that is not created yet."""
        server.image_ref = ''
        self.devices = [
            device for device in self.devices if device.instance_uuid != server.uuid]
        self.devices.append(make_device(server.uuid, volume_id, '/dev/vda', 0))
        self.devices[-1].destination_type = 'volume'

    def _get_server(self, context: Any, instance_uuid: str, expected_attrs: Any) -> Any:
        from nova import exception

        self._check(context)
        self.reads['instance'] += 1
        if instance_uuid not in self.servers:
            raise exception.InstanceNotFound(instance_id=instance_uuid)
        found = copy.deepcopy(self.servers[instance_uuid])
        self._interrupt()
        return found

    def _get_servers(self, context: Any, host: str, expected_attrs: Any) -> list[Any]:
        self._check(context)
        self.reads['instances'] += 1
        found = [copy.deepcopy(server) for server in self.servers.values()
                 if server.host == host]
        self._interrupt()
        return found

    def _get_devices(self, context: Any, instance_uuid: str) -> list[Any]:
        self._check(context)
        self.reads['devices'] += 1
        return [device for device in self.devices if device.instance_uuid == instance_uuid]

    def _get_all_devices(self, context: Any, uuids: Iterable[str]) -> dict[str, list[Any]]:
        self._check(context)
        self.reads['all devices'] += 1
        return {one: [device for device in self.devices if device.instance_uuid == one]
                for one in uuids}

    def _interrupt(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, _do_nothing
        meanwhile()

    @staticmethod
    def _check(context: Any) -> None:
        from nova import exception

        if not context.is_admin:
            raise exception.AdminRequired
