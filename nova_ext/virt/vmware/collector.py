# SPDX-License-Identifier: Apache-2.0
"""Finding out what is known about a server, within a bound."""

from __future__ import annotations

from typing import Any, Protocol

from oslo_log import log as logging

from nova_ext import exception
from nova_ext.concurrency import bounded, patience
from nova_ext.objects import diagnostics as objects
from nova_ext.virt import answers
from nova_ext.virt.vmware import diagnostics, machine, performance

LOG = logging.getLogger(__name__)

#: Questions of each of the two kinds in flight. Nova keeps ten connections to vCenter by default.
LIMIT = 4

#: What is asked about no server.
_PREPARATION = 'counters'


class Vcenter(Protocol):
    """What is asked, without a bound: :class:`nova_ext.virt.vmware.vcenter.Vcenter`."""

    def prepare(self) -> None:
        """Read what all measurements need."""

    def describe(self, instance: Any) -> tuple[Any, machine.Machine]:
        """The reference to a server's virtual machine, and what it is."""

    def measure(self, reference: Any, described: machine.Machine) -> performance.Samples:
        """What has been measured of a virtual machine."""


class Collector:
    """Finds out what is known about the servers of one vCenter cluster."""

    def __init__(self, vcenter: Vcenter, timeout: float) -> None:
        """Know whom to ask.

        :param timeout: seconds to wait for the answer to each of two questions
        """
        self._vcenter = vcenter
        waiting = patience.Patience(patience.LONG_WAITS)
        self._inventory = bounded.BoundedCalls(bounded.Bounds(
            'vCenter', timeout, LIMIT, waiting, error=exception.HypervisorNotResponding))
        self._performance = bounded.BoundedCalls(bounded.Bounds(
            "vCenter's performance manager", timeout, LIMIT, waiting))

    def prepare(self) -> None:
        """Begin to read what all measurements need, so that the first request need not wait.

        Whatever fails is logged, and tried again when it is needed.
        """
        try:
            self._performance.start(_PREPARATION, self._prepare)
        except exception.NotResponding as error:
            LOG.warning('Failed to read the counters of vCenter: %s', error)

    def _prepare(self) -> None:
        try:
            self._vcenter.prepare()
        except Exception as error:  # nobody waits for it
            LOG.warning('Failed to read the counters of vCenter: %s: %s',
                        type(error).__name__, error)

    def collect(
            self, instance: Any, version: str = objects.Diagnostics.VERSION,
    ) -> objects.Diagnostics:
        """What is known about a server now, null for what is not.

        :param instance: nova.objects.Instance
        :param version: no version is cheaper than another here
        :raises nova.exception.HypervisorUnavailable: vCenter does not answer
        """
        return answers.collect(instance, diagnostics.DRIVER, lambda: self._collect(instance))

    def _collect(self, instance: Any) -> objects.Diagnostics:
        reference, described = self._inventory.start(
            instance.uuid, lambda: self._vcenter.describe(instance)).result()
        return diagnostics.make(described, self._measure(instance, reference, described))

    def _measure(
            self, instance: Any, reference: Any, described: machine.Machine
    ) -> performance.Samples:
        if not described.figures:
            return {}
        try:
            return self._performance.start(
                instance.uuid, lambda: self._vcenter.measure(reference, described)).result()
        except Exception as error:  # such as an answer of another shape: the rest is known
            LOG.warning('Utilisation and rates are unknown: %s: %s', type(error).__name__, error,
                        instance=instance)
            return {}
