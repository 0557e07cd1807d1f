# SPDX-License-Identifier: Apache-2.0
"""The vCenter and Nova's driver, shared by all tests."""

from __future__ import annotations

import os
import types
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import vcsim
from tests.vmware import vcenter as simulated

# Before anything of Nova's: nothing here runs in eventlet's threads.
os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] = '1'

#: Seconds for each answer of vCenter: on a machine that does much else, it takes one or two.
TIMEOUT = 10.0


@pytest.fixture(scope='session')
def vcenter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[simulated.Vcenter]:
    """A vCenter with a cluster."""
    with simulated.simulated(tmp_path_factory.mktemp('vcenter')) as running:
        yield running


@pytest.fixture(scope='session')
def driver(vcenter: simulated.Vcenter, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """``nova_ext.VMwareDriver``, made as nova-compute makes it."""
    import oslo_messaging
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
    directory = str(tmp_path_factory.mktemp('nova'))
    conf.set_override('state_path', directory)
    conf.set_override('lock_path', directory, 'oslo_concurrency')
    conf.set_override('enabled', False, 'vnc')
    nova_ext_conf.register_opts(conf)
    conf.set_override('vmware_timeout', TIMEOUT, 'nova_ext')
    for option, value in {
            'host_ip': vcenter.host, 'host_port': vcenter.port, 'host_username': vcsim.USER,
            'host_password': vcsim.PASSWORD, 'cluster_name': vcsim.CLUSTER,
            'insecure': True}.items():
        conf.set_override(option, value, 'vmware')
    compute = types.SimpleNamespace(additional_endpoints=[])
    made = importutils.import_class('nova.virt.nova_ext.VMwareDriver')(
        types.SimpleNamespace(_compute=compute))
    made.endpoints = compute.additional_endpoints
    made.init_host('host1')
    return made
