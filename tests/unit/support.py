# SPDX-License-Identifier: Apache-2.0
"""Things that several tests make."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

PROJECT = 'a' * 32

#: Takes a compute host's name and endpoints. Returns the list of these, which may be added to.
StartHost = Callable[..., list[Any]]


def context(**values: Any) -> Any:
    """A nova.context.RequestContext of an ordinary member of :data:`PROJECT`."""
    from nova import context as nova_context

    return nova_context.RequestContext(**{
        'user_id': 'user', 'project_id': PROJECT, 'roles': ['member', 'reader'],
        'is_admin': False, **values})


def admin(**values: Any) -> Any:
    """A nova.context.RequestContext of an administrator in a project of their own."""
    return context(**{
        'user_id': 'root', 'project_id': 'b' * 32, 'roles': ['admin', 'member', 'reader'],
        'is_admin': True, **values})


def instance(**values: Any) -> Any:
    """A nova.objects.Instance."""
    from nova import objects

    objects.register_all()
    return objects.Instance(**{
        'uuid': str(uuid.uuid4()), 'project_id': PROJECT, 'host': 'host1',
        'vm_state': 'active', 'power_state': 1, **values})


def values(known: Any) -> Any:
    """The values in a versioned object of ours, for comparing.

    Objects themselves compare equal only when a set of names happens to be in the same order.
    """
    if isinstance(known, list):
        return [values(item) for item in known]
    if not hasattr(known, 'obj_to_primitive'):
        return known
    return {name: values(getattr(known, name)) for name in known.fields}


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it comes true, at once or soon."""
    deadline = time.monotonic() + 5
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def libvirt_error(code: int) -> Exception:
    """A libvirt.libvirtError as libvirt raises it with that code."""
    import libvirt

    error: Exception = libvirt.libvirtError(f'error {code}')
    error.err = (code, 0, f'error {code}', 0, None, None, None, 0, 0)  # type: ignore[attr-defined]
    return error


class Host:
    """Stands in for nova.virt.libvirt.host.Host over a connection of the test's own."""

    _uri = 'test:///default'
    _read_only = False

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def _connect(self, uri: str, read_only: bool) -> Any:
        """Another connection, which sees the same guests."""
        import libvirt

        assert not read_only
        return libvirt.open(uri)

    def get_connection(self) -> Any:
        return self.connection

    def get_guest(self, instance: Any) -> Any:
        import libvirt
        from nova import exception
        from nova.virt.libvirt import guest

        try:
            return guest.Guest(self.connection.lookupByUUIDString(instance.uuid))
        except libvirt.libvirtError as error:
            raise exception.InstanceNotFound(instance_id=instance.uuid) from error

    def list_guests(self, only_running: bool = True) -> Iterable[Any]:
        from nova.virt.libvirt import guest

        return [guest.Guest(domain) for domain in self.connection.listAllDomains()
                if domain.isActive() or not only_running]


DOMAIN = """
<domain type='test'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <memory unit='KiB'>131072</memory>
  <vcpu>2</vcpu>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <source file='/instances/{uuid}/disk'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <source file='/instances/{uuid}/disk.config'/><target dev='hda' bus='ide'/>
    </disk>
    <interface type='bridge'>
      <mac address='fa:16:3e:00:00:01'/><source bridge='br-int'/><target dev='tap1'/>
    </interface>
    <memballoon model='virtio'><stats period='10'/></memballoon>
  </devices>
</domain>"""


def define_guest(connection: Any, running: bool = True) -> Any:
    """A libvirt.virDomain of its own in the test driver, and running if so wished."""
    identity = uuid.uuid4()
    domain = connection.defineXML(
        DOMAIN.format(name=f'instance-{identity.hex[:8]}', uuid=identity))
    if running:
        domain.create()
    return domain
