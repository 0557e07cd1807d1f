# SPDX-License-Identifier: Apache-2.0
"""Servers as nova-compute knows them, and what Nova's other services tell about them."""

from __future__ import annotations

import contextlib
import types
import uuid
from collections.abc import Iterator
from typing import Any
from unittest import mock

#: The image that all servers are booted from, and its size in octets.
IMAGE, IMAGE_SIZE = str(uuid.uuid4()), 4096


def diagnostics(driver: Any, server: str) -> Any:
    """What a client of nova-ext 1.1 gets of what the host answers over RPC about a server."""
    from nova_ext.api.views import diagnostics as view
    from nova_ext.objects import diagnostics as objects

    endpoint, _ = driver.endpoints
    answer = endpoint.get_diagnostics(None, of(server), '1.0')
    return view.show(
        objects.Diagnostics.obj_from_primitive(answer), lambda version: version != '1.2')


def of(server: str) -> Any:
    """A nova.objects.Instance of which little is known."""
    from nova import objects

    return objects.Instance(uuid=server, vm_state='active', power_state=1)


class Booted:
    """A server that Nova's driver boots from an ISO image, with two vCPUs, a disk and a port."""

    def __init__(self, driver: Any) -> None:
        """Boot it."""
        from nova import context, objects
        from nova.network import model

        self._driver = driver
        self._context = context.get_admin_context()
        self.mac_address = 'fa:16:3e:01:02:03'
        self._network = model.NetworkInfo([model.VIF(
            id=str(uuid.uuid4()), address=self.mac_address, type='ovs', vnic_type='normal',
            details={}, network=model.Network(id=str(uuid.uuid4()), bridge='br', subnets=[]))])
        self._image = {
            'id': IMAGE, 'name': 'image', 'size': IMAGE_SIZE, 'disk_format': 'iso',
            'container_format': 'bare', 'status': 'active', 'properties': {}}
        self.instance = objects.Instance(
            self._context, id=1, uuid=str(uuid.uuid4()), display_name='server', hostname='server',
            project_id=uuid.uuid4().hex, user_id=uuid.uuid4().hex, vm_state='building',
            task_state='spawning', power_state=0, image_ref=self._image['id'], memory_mb=128,
            vcpus=2, root_gb=1, ephemeral_gb=0, config_drive='', metadata={}, system_metadata={},
            host='host1', node=driver.get_available_nodes()[0], os_type=None,
            availability_zone=None)
        self.instance.flavor = objects.Flavor(
            id=1, flavorid='duo', name='duo', memory_mb=128, vcpus=2, root_gb=1, ephemeral_gb=0,
            swap=0, rxtx_factor=1, extra_specs={})
        with self._other_services():
            driver.spawn(
                self._context, self.instance, objects.ImageMeta.from_dict(self._image), [], None,
                {}, network_info=self._network)
        self.instance.task_state = None

    @property
    def uuid(self) -> str:
        """The server's."""
        return str(self.instance.uuid)

    def power_on(self) -> None:
        """Start it."""
        self._driver.power_on(self._context, self.instance, self._network)

    def suspend(self) -> None:
        """Have vCenter suspend it."""
        self._driver.suspend(self._context, self.instance)

    def delete(self) -> None:
        """Delete it."""
        self._driver.destroy(self._context, self.instance, self._network)

    @contextlib.contextmanager
    def _other_services(self) -> Iterator[None]:
        """Have an image in Glance and a port in Neutron."""
        glance = types.SimpleNamespace(
            get=lambda *_, **__: dict(self._image),
            download=lambda *_, **__: iter([b'x' * IMAGE_SIZE]))
        with mock.patch('nova.virt.vmwareapi.images.IMAGE_API', glance), \
                mock.patch.object(self._driver._vmops, '_network_api', mock.Mock()):
            yield
