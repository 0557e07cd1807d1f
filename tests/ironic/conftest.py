# SPDX-License-Identifier: Apache-2.0
"""ironic and Nova's driver, shared by all tests."""

from __future__ import annotations

import os
import types
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client import bare_metal
from tests.ironic import service

# Before anything of Nova's: nothing here runs in eventlet's threads.
os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] = '1'

#: Seconds for each answer of ironic.
TIMEOUT = 8.0

PROPERTIES = {'cpus': 4, 'memory_mb': 8192, 'local_gb': 100}


@pytest.fixture(scope='session')
def ironic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[service.Ironic]:
    """A running ironic without nodes."""
    made = service.Ironic(tmp_path_factory.mktemp('ironic'))
    yield made
    made.stop()


@pytest.fixture(scope='session')
def driver(ironic: service.Ironic) -> Any:
    """``nova_ext.IronicDriver``, made as nova-compute makes it."""
    import oslo_messaging
    from keystoneauth1 import loading
    from nova import conf as nova_conf
    from nova import objects, rpc
    from oslo_utils import importutils

    from nova_ext import conf as nova_ext_conf

    objects.register_all()
    conf = nova_conf.CONF
    conf([], project='nova', default_config_files=[], default_config_dirs=[])
    oslo_messaging.TransportURL.parse(conf)  # registers the option
    conf.set_override('transport_url', 'fake:/')
    rpc.init(conf)
    nova_ext_conf.register_opts(conf)
    conf.set_override('ironic_timeout', TIMEOUT, 'nova_ext')
    # keystoneauth registers them when Nova loads the plugin "none".
    conf.register_opts(loading.get_auth_plugin_conf_options('none'), 'ironic')
    for option, value in {
            'auth_type': 'none', 'endpoint': ironic.endpoint,
            'endpoint_override': ironic.endpoint}.items():
        conf.set_override(option, value, 'ironic')
    compute = types.SimpleNamespace(additional_endpoints=[])
    made = importutils.import_class('nova.virt.nova_ext.IronicDriver')(
        types.SimpleNamespace(_compute=compute))
    made.endpoints = compute.additional_endpoints
    return made


@pytest.fixture(scope='session')
def inspected(ironic: service.Ironic) -> bare_metal.Machine:
    """A machine with three ports whose inspection found something else than its properties."""
    machine = bare_metal.Machine.enroll(
        ironic.proxy, properties=PROPERTIES,
        addresses=[bare_metal.new_address() for _ in range(3)])
    machine.inspect(bare_metal.make_inventory(
        machine.addresses, cpus=16, memory=65536, disks=2))
    machine.provide()
    return machine
