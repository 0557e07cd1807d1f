# SPDX-License-Identifier: Apache-2.0
"""What the tests of consoles share: a host's directories, Nova's records, its guests."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Optional

import pytest

from nova_ext.virt.libvirt.console import consoles, virtlogd
from tests.unit import support
from tests.unit.virt.libvirt.console import domains

#: Makes a server in Nova's records; takes the fields of nova.objects.Instance.
NewServer = Callable[..., Any]

#: Makes a migration in Nova's records; takes a server, and fields of nova.objects.Migration.
NewMove = Callable[..., Any]


@pytest.fixture(autouse=True)
def root(as_root: None) -> None:
    """What takes root is done here."""


@pytest.fixture(autouse=True)
def configuration(
        conf: Any, tmp_path_factory: pytest.TempPathFactory,
        monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with libvirt's configuration and sockets; the tests' machine may have others."""
    directory = tmp_path_factory.mktemp('libvirt')
    for name, file in (('SOCKET', 'virtlogd-sock'), ('CONFIGURATION', 'virtlogd.conf'),
                       ('QEMU_CONFIGURATION', 'qemu.conf')):
        monkeypatch.setattr(virtlogd, name, str(directory / file))
    monkeypatch.setattr(virtlogd, '_LIBVIRT_SOCKETS', (str(directory / 'libvirt-sock'),))
    return directory


@pytest.fixture
def instances(conf: Any, tmp_path: Path) -> Path:
    """The directory of the servers' directories."""
    directory = tmp_path / 'instances'
    directory.mkdir()
    conf.set_override('instances_path', str(directory))
    conf.set_override('host', 'here')
    return directory


@pytest.fixture(scope='module')
def tables(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Nova's database of a cell, in a file."""
    from nova.db.main import models
    from oslo_db.sqlalchemy import enginefacade

    manager = enginefacade.transaction_context()
    manager.configure(connection=f'sqlite:///{tmp_path_factory.mktemp("database")}/nova.db')
    models.BASE.metadata.create_all(manager.writer.get_engine())
    return manager


@pytest.fixture
def database(tables: Any, nova_objects: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nova's records."""
    from nova.db.main import api

    monkeypatch.setattr(api, 'get_context_manager', lambda context: tables)


@pytest.fixture
def new_server(database: None, instances: Path) -> NewServer:
    """Makes a server on this host."""
    def make(**values: Any) -> Any:
        from nova import objects

        server = objects.Instance(support.admin(), **{
            'project_id': support.PROJECT, 'user_id': 'user', 'host': 'here',
            'vm_state': 'active', 'power_state': 1, **values})
        server.create()
        (instances / server.uuid).mkdir()
        return server

    return make


@pytest.fixture
def new_move(database: None) -> NewMove:
    """Makes a migration from this host to another."""
    def make(server: Any, **values: Any) -> Any:
        from nova import objects

        move = objects.Migration(support.admin(), **{
            'instance_uuid': server.uuid, 'source_compute': 'here', 'dest_compute': 'there',
            'status': 'migrating', 'migration_type': 'migration', **values})
        move.create()
        return move

    return make


def nova_log_path(server: Any) -> str:
    """Where Nova logs a server's console on this host."""
    from nova.virt.libvirt import driver

    path: str = driver.LibvirtDriver._get_console_log_path(server)
    return path


@pytest.fixture
def here(conf: Any, connection: Any, instances: Path) -> consoles.Consoles:
    """The consoles of this host."""
    return consoles.Consoles(support.Host(connection), conf, nova_log_path)


@pytest.fixture
def logs_elsewhere(conf: Any, tmp_path: Path) -> Path:
    """A directory outside the servers' in which this host logs consoles."""
    directory = tmp_path / 'log'
    directory.mkdir()
    conf.set_override('console_log_directory', str(directory), 'nova_ext')
    return directory


@pytest.fixture
def define(connection: Any) -> Iterator[Callable[..., Any]]:
    """Defines a server's domain with the consoles that are given."""
    defined = []

    def define(server: Any, devices: str, *, running: bool = False) -> Any:
        domain = domains.define(
            connection, domains.domain(devices, server.uuid), running=running)
        defined.append(domain)
        return domain

    yield define
    for domain in defined:
        if domain.isActive():
            domain.destroy()
        domain.undefine()


def configured(conf: Any, host: str, history_bytes: Optional[int] = None) -> Any:
    """The configuration of another host that differs from this one's in a few settings."""
    ours = types.SimpleNamespace(
        console_history_bytes=(conf.nova_ext.console_history_bytes if history_bytes is None
                               else history_bytes),
        console_log_directory=None)
    return types.SimpleNamespace(
        host=host, nova_ext=ours, libvirt=conf.libvirt, serial_console=conf.serial_console)
