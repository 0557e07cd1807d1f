# SPDX-License-Identifier: Apache-2.0
"""Nova's databases with what a test puts there, and its API in front of them.

Controllers, objects and database code are Nova's own. Every database is an SQLite file, for the
cells are asked in threads.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import json
import pathlib
import shutil
import threading
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

import sqlalchemy as sa
import webob
from nova import availability_zones, objects
from nova import context as nova_context
from nova.compute import api as compute_api
from nova.db.api import api as api_db
from nova.db.api import models as api_models
from nova.db.main import api as main_db
from nova.db.main import models as main_models
from nova.network import model as network_model
from oslo_utils import timeutils

from nova_ext import maintenance
from tests.unit import support

HEADER = 'OpenStack-API-Version'

#: Longer ago than a host may be silent.
LONG_AGO = datetime.timedelta(days=1)


class Statement(NamedTuple):
    """What one database was asked."""

    database: str
    text: str
    parameters: Any

    def reads(self, table: str) -> bool:
        """Whether it reads a table."""
        return f'FROM {table} ' in f'{self.text} '.replace('\n', ' ') or (
            f'JOIN {table} ' in self.text)


@contextlib.contextmanager
def statements() -> Iterator[list[Statement]]:
    """What all databases are asked meanwhile, in no certain order."""
    seen: list[Statement] = []
    lock = threading.Lock()

    def note(connection: Any, cursor: Any, text: str, parameters: Any, *_: Any) -> None:
        if text.split()[0] not in ('PRAGMA', 'BEGIN') and text != 'SELECT 1':
            with lock:
                seen.append(Statement(
                    pathlib.Path(connection.engine.url.database).stem, text, parameters))

    sa.event.listen(sa.engine.Engine, 'before_cursor_execute', note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.engine.Engine, 'before_cursor_execute', note)


def _flavor() -> Any:
    """The flavor of every server."""
    return objects.Flavor(
        id=1, name='small', flavorid='1', memory_mb=128, vcpus=1, root_gb=1, ephemeral_gb=0,
        swap=0, rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True, extra_specs={},
        description=None)


class Databases:
    """Where the databases are, and Nova's ways to them, which take long to make."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._managers: dict[str, Any] = {}
        #: As nova.context.CELL_CACHE.
        self.cells: dict[str, Any] = {}
        for name, metadata in (
                ('api', api_models.BASE.metadata), ('main', main_models.BASE.metadata)):
            engine = sa.create_engine(f'sqlite:///{folder}/{name}.template')
            metadata.create_all(engine)
            engine.dispose()

    def path(self, name: str) -> pathlib.Path:
        """The file of a database."""
        return self._folder / f'{name}.db'

    def empty(self, name: str, kind: str = 'main') -> str:
        """Make a database anew and return how to connect to it."""
        shutil.copy(self._folder / f'{kind}.template', self.path(name))
        return f'sqlite:///{self.path(name)}'

    def manager(self, name: str, url: str) -> Any:
        """Nova's context manager for a database that belongs to no cell."""
        if name not in self._managers:
            self._managers[name] = main_db.create_context_manager(url)
        return self._managers[name]


class Cloud:
    """One API database, cell0 and some cells called ``cell1`` and so on."""

    def __init__(self, conf: Any, databases: Databases) -> None:
        self._databases = databases
        self._ids = itertools.count(1)
        self._flavor = json.dumps(
            {'cur': _flavor().obj_to_primitive(), 'old': None, 'new': None})
        self._engines: dict[str, sa.Engine] = {}
        self._cleanup = contextlib.ExitStack()
        self.cells: dict[str, Any] = {}
        self._forget_cells()
        self._cleanup.callback(self._forget_cells)
        nova_context.CELL_CACHE = databases.cells
        for manager, name, group in (
                (api_db.context_manager, 'api', 'api_database'),
                (main_db.context_manager, 'main', 'database')):
            url = databases.empty(name, name)
            conf.set_override('sqlite_synchronous', False, group)
            conf.set_override('connection', url, group)  # from which Nova tells the dialect
            self._cleanup.callback(manager.patch_factory(databases.manager(name, url)))
        self._add_cell('cell0', objects.CellMapping.CELL0_UUID)

    def close(self) -> None:
        """Leave Nova as it was."""
        self._cleanup.close()

    # What is in it.

    def add_cell(self) -> str:
        """Add a cell and return its name."""
        name = f'cell{len(self.cells)}'
        self._add_cell(name, str(uuid.UUID(int=0xce11 << 32 | len(self.cells))))
        return name

    def add_host(self, host: str, *, cell: str = 'cell1', mapped: bool = True,
                 silent: bool = False, **service: Any) -> None:
        """Add the service record of a compute host that is up, unless told otherwise.

        :param mapped: whether the host is mapped to its cell
        :param silent: whether it has not reported for long
        """
        now = timeutils.utcnow()
        self.insert(cell, main_models.Service, **{
            'host': host, 'binary': 'nova-compute', 'topic': 'compute', 'report_count': 1,
            'disabled': False, 'forced_down': False, 'version': 68,
            'uuid': self._uuid(), 'created_at': now - 2 * LONG_AGO,
            'last_seen_up': now - LONG_AGO if silent else now, **service})
        if mapped:
            self.map_host(host, cell)

    def map_host(self, host: str, cell: str) -> None:
        """Map a host to a cell."""
        self.insert('api', api_models.HostMapping, host=host, cell_id=self.cells[cell].id)

    def add_node(self, host: str, *, cell: str = 'cell1', **node: Any) -> str:
        """Add a hypervisor of a host and return its UUID."""
        values = {
            'host': host, 'uuid': self._uuid(), 'hypervisor_hostname': f'{host}.example.org',
            'hypervisor_type': 'QEMU', 'hypervisor_version': 8002002, 'host_ip': '192.0.2.7',
            'vcpus': 4, 'vcpus_used': 1, 'memory_mb': 8192, 'memory_mb_used': 640,
            'free_ram_mb': 7552, 'local_gb': 100, 'local_gb_used': 1, 'free_disk_gb': 99,
            'disk_available_least': 90, 'current_workload': 0, 'running_vms': 1,
            'cpu_allocation_ratio': 4.0, 'ram_allocation_ratio': 1.0,
            'disk_allocation_ratio': 1.0,
            'cpu_info': json.dumps({'arch': 'x86_64', 'topology': {'cores': 4}}),
            'stats': json.dumps({'uptime': ' 12:00:00 up 1 day', 'num_instances': '1'}), **node}
        self.insert(cell, main_models.ComputeNode, **values)
        return str(values['uuid'])

    def add_hypervisor(self, host: str, *, cell: str = 'cell1', **service: Any) -> str:
        """Add a host that is up with one hypervisor and return the hypervisor's UUID."""
        self.add_host(host, cell=cell, **service)
        return self.add_node(host, cell=cell)

    def add_server(self, host: Optional[str], *, cell: str = 'cell1', **values: Any) -> str:
        """Add a server and return its UUID."""
        number = next(self._ids)
        # Each a second younger than the last: lists are sorted by it.
        made = datetime.datetime(2026, 11, 1) + datetime.timedelta(seconds=number)
        server = {
            'uuid': self._uuid(), 'project_id': support.PROJECT, 'user_id': 'user',
            'host': host, 'display_name': f'server{number}', 'hostname': f'server{number}',
            'vm_state': 'active', 'power_state': 1, 'image_ref': '', 'instance_type_id': 1,
            'memory_mb': 128, 'vcpus': 1, 'root_gb': 1, 'ephemeral_gb': 0, 'launch_index': 0,
            'reservation_id': f'r-{number}',
            'created_at': made, 'updated_at': made, **values}
        self.insert(cell, main_models.Instance, **server)
        self.insert(cell, main_models.InstanceExtra, instance_uuid=server['uuid'],
                    flavor=self._flavor)
        self.insert(cell, main_models.InstanceInfoCache, instance_uuid=server['uuid'],
                    network_info='[]')
        self.insert(
            'api', api_models.InstanceMapping, instance_uuid=server['uuid'],
            cell_id=self.cells[cell].id, project_id=server['project_id'],
            user_id=server['user_id'], queued_for_delete=False)
        return str(server['uuid'])

    def add_request(self, server: str) -> None:
        """Add a server that is to be built but is not scheduled yet."""
        context = nova_context.get_admin_context()
        instance = objects.Instance(
            context, uuid=server, project_id=support.PROJECT, user_id='user', image_ref='',
            display_name='new', display_description=None, hostname='new', vm_state='building',
            task_state='scheduling', power_state=0, metadata={}, system_metadata={},
            flavor=_flavor(), config_drive='', key_name=None, access_ip_v4=None,
            access_ip_v6=None, auto_disk_config=False, availability_zone=None, kernel_id='',
            ramdisk_id='', launch_index=0, reservation_id='r-0', root_device_name=None,
            user_data=None, progress=0, trusted_certs=None, numa_topology=None,
            info_cache=objects.InstanceInfoCache(network_info=network_model.NetworkInfo()),
            services=objects.ServiceList(), instance_type_id=1)
        objects.BuildRequest(
            context, instance_uuid=server, project_id=support.PROJECT, instance=instance,
            block_device_mappings=objects.BlockDeviceMappingList(),
            tags=objects.TagList()).create()
        self.insert(
            'api', api_models.InstanceMapping, instance_uuid=server, cell_id=None,
            project_id=support.PROJECT, user_id='user', queued_for_delete=False)

    def add_request_spec(self, server: str) -> None:
        """Add what was asked for when a server was created."""
        objects.RequestSpec(
            nova_context.get_admin_context(), instance_uuid=server, user_id='user',
            project_id=support.PROJECT, flavor=_flavor(), image=objects.ImageMeta(id=server),
            availability_zone=None, num_instances=1, instance_group=None,
            security_groups=objects.SecurityGroupList()).create()

    def delete_server(self, server: str, *, cell: str = 'cell1') -> None:
        """Mark a server as deleted."""
        instance = main_models.Instance.__table__
        self.write(cell, sa.update(instance).where(instance.c.uuid == server).values(
            deleted=instance.c.id, deleted_at=timeutils.utcnow(), vm_state='deleted'))

    def announce(self, value: str, *hosts: str, key: str = maintenance.KEY) -> None:
        """Add an aggregate of hosts whose metadata has the value."""
        number = next(self._ids)
        self.insert('api', api_models.Aggregate, id=number, uuid=self._uuid(),
                    name=f'aggregate{number}')
        self.insert('api', api_models.AggregateMetadata, aggregate_id=number, key=key,
                    value=value)
        for host in hosts:
            self.insert('api', api_models.AggregateHost, aggregate_id=number, host=host)

    def insert(self, database: str, model: Any, **values: Any) -> None:
        """Add a row to ``api`` or a cell."""
        self.write(database, sa.insert(model.__table__).values(**values))

    def write(self, database: str, statement: Any) -> None:
        """Change ``api`` or a cell."""
        if database not in self._engines:
            engine = sa.create_engine(f'sqlite:///{self._databases.path(database)}')
            sa.event.listen(engine, 'connect', _do_not_wait_for_the_disk)
            self._engines[database] = engine
            self._cleanup.callback(engine.dispose)
        with self._engines[database].begin() as connection:
            connection.execute(statement)

    def update_host(self, host: str, *, cell: str = 'cell1', **values: Any) -> None:
        """Change the service record of a host."""
        service = main_models.Service.__table__
        self.write(cell, sa.update(service).where(service.c.host == host).values(**values))

    # What goes wrong.

    def break_cell(self, cell: str) -> None:
        """Have every question to the cell fail."""
        self._databases.path(cell).write_text('This is no database.' * 100)

    @contextlib.contextmanager
    def hanging(self, cell: str) -> Iterator[None]:
        """Have every question to the cell meanwhile wait for the end of it."""
        over = threading.Event()
        path = str(self._databases.path(cell))

        def wait(connection: Any, *_: Any) -> None:
            if connection.engine.url.database == path:
                assert over.wait(timeout=30)

        sa.event.listen(sa.engine.Engine, 'before_cursor_execute', wait)
        try:
            yield
        finally:
            over.set()
            sa.event.remove(sa.engine.Engine, 'before_cursor_execute', wait)

    def _uuid(self) -> str:
        return str(uuid.UUID(int=0xabcd << 64 | next(self._ids), version=4))

    def _add_cell(self, name: str, identity: str) -> None:
        url = self._databases.empty(name)
        mapping = objects.CellMapping(
            nova_context.get_admin_context(), uuid=identity, name=name, transport_url='fake:/',
            database_connection=url, disabled=False)
        mapping.create()
        self.cells[name] = mapping

    @staticmethod
    def _forget_cells() -> None:
        nova_context.CELLS = []
        nova_context.CELL_CACHE = {}
        compute_api.CELLS = []


def _do_not_wait_for_the_disk(connection: Any, *_: Any) -> None:
    connection.execute('PRAGMA synchronous = OFF')


def ask(application: Any, path: str, version: Optional[str] = None, *,
        context: Any = None, **headers: str) -> webob.Response:
    """The answer of an application, which finds no host's availability zone in its cache.

    :param version: value of the header ``OpenStack-API-Version``
    :param context: the caller; None: an administrator
    """
    request = webob.Request.blank(path, base_url='http://localhost/v2.1', headers=headers)
    if version is not None:
        request.headers[HEADER] = version
    request.environ['nova.context'] = context or support.admin()
    availability_zones.reset_cache()
    return request.get_response(application)
