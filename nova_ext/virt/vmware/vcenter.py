# SPDX-License-Identifier: Apache-2.0
"""The two questions that a vCenter is asked about a virtual machine."""

from __future__ import annotations

from typing import Any

from nova_ext.nova_compat import vmware
from nova_ext.virt.vmware import machine, performance


class Vcenter:
    """Asks a vCenter, without a bound."""

    def __init__(self, session: vmware.Session) -> None:
        self._session = session
        self._performance = performance.PerformanceManager(session)

    def prepare(self) -> None:
        """Read what all measurements need.

        :raises nova_ext.exception.NotResponding: vCenter refuses
        """
        self._performance.prepare()

    def describe(self, instance: Any) -> tuple[Any, machine.Machine]:
        """What the inventory says of a server's virtual machine and its host, in one request.

        :param instance: nova.objects.Instance
        :returns: the reference to the virtual machine, and what it is
        :raises nova.exception.InstanceNotFound: it has none
        :raises nova_ext.exception.HypervisorNotResponding: vCenter cannot be reached
        :raises nova_ext.exception.NotResponding: it refuses
        """
        reference, answer = self._session.call_about(
            instance, self._session.content.propertyCollector, 'RetrievePropertiesEx',
            self._arguments)
        return reference, machine.parse({
            one.name: one.val
            for found in getattr(answer, 'objects', None) or ()
            for one in getattr(found, 'propSet', None) or ()})

    def measure(
            self, reference: Any, described: machine.Machine) -> performance.Samples:
        """What has been measured of a virtual machine, in one request.

        :param reference: as :meth:`describe` returns it
        :raises nova_ext.exception.NotResponding: vCenter refuses
        """
        return self._performance.query(reference, described.figures)

    def _arguments(self, reference: Any) -> dict[str, Any]:
        """Ask for a virtual machine and, over one of its properties, the host that it is on."""
        make = self._session.make
        to_host = make('TraversalSpec', type='VirtualMachine', path='runtime.host', skip=False)
        return {
            'specSet': [make(
                'PropertyFilterSpec',
                propSet=[
                    make('PropertySpec', type='VirtualMachine', all=False,
                         pathSet=list(machine.PROPERTIES)),
                    make('PropertySpec', type='HostSystem', all=False,
                         pathSet=[machine.HOST_PROPERTY])],
                objectSet=[make('ObjectSpec', obj=reference, skip=False, selectSet=[to_host])])],
            'options': make('RetrieveOptions')}
