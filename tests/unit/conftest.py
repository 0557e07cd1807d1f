# SPDX-License-Identifier: Apache-2.0
"""What the unit tests share: Nova's configuration, a message bus, a libvirt without guests.

Nova is imported where it is used, so that tests which need no Nova run without it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import hypothesis
import pytest

from tests.unit import support

# A busy machine may take long over any example.
hypothesis.settings.register_profile('unit', deadline=None)
hypothesis.settings.load_profile('unit')

# Before Nova is imported: up to Nova 31 an import of its API turns threads into green ones.
os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] = '1'


@pytest.fixture
def conf() -> Iterator[Any]:
    """Nova's configuration with the group ``nova_ext``, all of it at the defaults."""
    from nova import conf as nova_conf

    from nova_ext import conf as nova_ext_conf

    nova_conf.CONF([], project='nova', default_config_files=[], default_config_dirs=[])
    nova_ext_conf.register_opts(nova_conf.CONF)
    yield nova_conf.CONF
    nova_conf.CONF.reset()


@pytest.fixture
def nova_objects() -> Any:
    """``nova.objects`` with every object registered, as a running service has it."""
    from nova import objects

    objects.register_all()
    return objects


@pytest.fixture
def transport(conf: Any, nova_objects: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Nova's RPC over a message bus inside this process."""
    import oslo_messaging
    from nova import rpc
    from nova.compute import rpcapi

    oslo_messaging.TransportURL.parse(conf)  # registers the option
    conf.set_override('transport_url', 'fake:/')
    rpc.init(conf)
    monkeypatch.setattr(rpcapi, '_ROUTER', None)  # made once in a process, for one transport
    yield rpc.TRANSPORT
    rpc.cleanup()


@pytest.fixture(scope='module')
def servers() -> Iterator[list[Any]]:
    """The RPC servers of all tests. Each takes a second to stop, so they are stopped together."""
    servers: list[Any] = []
    yield servers

    def stop(server: Any) -> None:
        server.stop()
        server.wait()

    with futures.ThreadPoolExecutor(max_workers=len(servers) or 1) as pool:
        list(pool.map(stop, servers))


@pytest.fixture
def start_host(transport: Any, servers: list[Any]) -> support.StartHost:
    """Starts the RPC server of a nova-compute."""
    import oslo_messaging
    from nova import rpc
    from nova.objects import base
    from oslo_messaging.rpc import dispatcher

    def start(host: str, *endpoints: Any) -> list[Any]:
        present = list(endpoints)
        server = oslo_messaging.get_rpc_server(
            transport, oslo_messaging.Target(topic='compute', server=host), present,
            executor='threading', access_policy=dispatcher.DefaultRPCAccessPolicy,
            serializer=rpc.RequestContextSerializer(base.NovaObjectSerializer()))
        server.start()
        servers.append(server)
        return present

    return start


@pytest.fixture
def as_root(conf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Nova has its privileged daemon do is done in this process, as the daemon does it."""
    from nova import privsep

    monkeypatch.setattr(privsep.sys_admin_pctxt, 'client_mode', False)


@pytest.fixture
def connection() -> Iterator[Any]:
    """A connection to libvirt's own test driver, which lives in this process."""
    import libvirt

    libvirt.registerErrorHandler(lambda *_: None, None)
    connection = libvirt.open('test:///default')
    yield connection
    connection.close()
