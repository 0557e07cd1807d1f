# SPDX-License-Identifier: Apache-2.0
"""Nova's VMware driver: its session with vCenter, and how it finds a server's virtual machine.

The only module that needs oslo.vmware, which Nova does not install but for this driver.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from nova.virt.vmwareapi import vm_util
from oslo_vmware import exceptions as vmware_exception

from nova_ext import exception
from nova_ext.nova_compat.internals import Internal

_DRIVER = 'nova.virt.vmwareapi.driver'
_SESSION = 'nova.virt.vmwareapi.session'

INTERNALS = (
    Internal(_DRIVER, 'VMwareVCDriver.__init__', ('self', 'virtapi'),
             source=('self._session = ',)),
    Internal(_DRIVER, 'VMwareVCDriver.init_host', ('self', 'host')),
    Internal(_DRIVER, 'VMwareVCDriver.get_instance_diagnostics', ('self', 'instance')),
    Internal(_SESSION, 'VMwareAPISession._call_method', ('self', 'module', 'method')),
    Internal(_SESSION, 'StableMoRefProxy.__init__', ('self', 'ref'), source=('self.moref = ',)),
    Internal(_SESSION, 'StableMoRefProxy.fetch_moref', ('self', 'session')),
    Internal('nova.virt.vmwareapi.vm_util', 'get_vm_ref', ('session', 'instance'), source=(
        'VmMoRefProxy(',)),
    Internal('nova.virt.vmwareapi.vmops', 'VMwareVMOps._create_config_drive', source=(
        '/configdrive.iso"',)),
    Internal('oslo_vmware.api', 'VMwareAPISession.__init__', source=('self._session_id = ',)),
)


class Session:
    """Nova's session with vCenter, which logs in again by itself."""

    def __init__(self, driver: Any) -> None:
        """Know the driver, a nova.virt.vmwareapi.driver.VMwareVCDriver."""
        self._session = driver._session

    @property
    def key(self) -> str:
        """Another one after each login."""
        key: str = self._session._session_id
        return key

    @property
    def content(self) -> Any:
        """References to vCenter's services."""
        return self._session.vim.service_content

    def make(self, kind: str, **values: Any) -> Any:
        """A data object of vSphere's, with some of its properties set."""
        data = self._session.vim.client.factory.create(f'ns0:{kind}')
        for name, value in values.items():
            setattr(data, name, value)
        return data

    def call(self, target: Any, method: str, **arguments: Any) -> Any:
        """Call a method of a managed object.

        :raises nova_ext.exception.HypervisorNotResponding: vCenter cannot be reached
        :raises nova_ext.exception.NotResponding: it refuses
        """
        with _translated():
            return self._call(target, method, arguments)

    def call_about(
            self, instance: Any, target: Any, method: str,
            arguments: Callable[[Any], dict[str, Any]]) -> tuple[Any, Any]:
        """Call a method about a server's virtual machine.

        :param instance: nova.objects.Instance
        :param arguments: takes the reference to the virtual machine
        :returns: that reference, and the answer
        :raises nova.exception.InstanceNotFound: it has none
        :raises nova_ext.exception.HypervisorNotResponding: vCenter cannot be reached
        :raises nova_ext.exception.NotResponding: it refuses
        """
        with _translated():
            # Nova remembers the reference. It is another one when the machine was registered
            # again, and it is asked for again then, once.
            reference = vm_util.get_vm_ref(self._session, instance)
            try:
                return reference.moref, self._call(target, method, arguments(reference.moref))
            except vmware_exception.ManagedObjectNotFoundException:
                reference.fetch_moref(self._session)
            return reference.moref, self._call(target, method, arguments(reference.moref))

    def _call(self, target: Any, method: str, arguments: dict[str, Any]) -> Any:
        return self._session._call_method(self._session.vim, method, target, **arguments)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Raise what oslo.vmware raises as nova-ext's own errors."""
    try:
        yield
    except vmware_exception.VimConnectionException as error:
        raise exception.HypervisorNotResponding(f'vCenter cannot be reached: {error}') from error
    except vmware_exception.VMwareDriverException as error:
        raise exception.NotResponding(f'vCenter refuses: {error}') from error
