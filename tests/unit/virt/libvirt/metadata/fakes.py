# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for Nova's records and for the calls to libvirt."""

from __future__ import annotations

import copy
import datetime
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Optional

import fixtures

from nova_ext import exception
from nova_ext.virt.libvirt import processes, start_times
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


class Queries:
    """Stands in for nova_ext.virt.libvirt.queries.Queries.

    Each call is made at once, and counted in :attr:`calls` by its name and its server.
    """

    def __init__(self, connection: Any) -> None:
        """Take a virConnect."""
        self._connection = connection
        self.calls: Counter[tuple[str, str]] = Counter()
        #: By server, the error that setMetadata raises.
        self.errors: dict[str, Exception] = {}
        #: The servers whose guests migrate; libvirt's test driver knows of no such job.
        self.migrating: set[str] = set()
        #: Whether libvirt does not answer at all.
        self.silent = False

    def ask_about(self, server_uuid: str, question: Callable[[Any, Any], Any]) -> Any:
        """Make a call, and return what it returned."""
        if self.silent:
            raise exception.HypervisorNotResponding('no answer from libvirt')
        domain = self._connection.lookupByUUIDString(server_uuid)
        return question(self._connection, _Domain(self, domain, server_uuid))

    def ask_guest(self, server_uuid: str, question: Callable[[Any, Any], Any]) -> Queries:
        """Make a call."""
        self._answer = self.ask_about(server_uuid, question)
        return self

    def result(self) -> Any:
        """Return what the last call returned."""
        return self._answer

    def count(self, name: str) -> int:
        """Return the number of calls of that name."""
        return sum(count for (called, _), count in self.calls.items() if called == name)


class _Domain:
    def __init__(self, queries: Queries, domain: Any, server_uuid: str) -> None:
        self._queries, self._domain, self._uuid = queries, domain, server_uuid

    def __getattr__(self, name: str) -> Any:
        self._queries.calls[name, self._uuid] += 1
        if name == 'setMetadata' and self._uuid in self._queries.errors:
            raise self._queries.errors[self._uuid]
        return getattr(self._domain, name)

    def jobInfo(self) -> list[int]:  # noqa: N802
        """Return what libvirt tells of a job; only the first number counts."""
        return [int(self._uuid in self._queries.migrating), *[0] * 11]


class StartTimes(start_times.StartTimes):
    """All guests were started at :attr:`time`, in seconds since 1970; None: it is unknown."""

    time: Any = 1_700_000_000.25

    def __init__(self) -> None:
        super().__init__(processes.Processes())

    def started_in(self, domain: Any, xml: str) -> Any:
        """Return the time."""
        return self.time
