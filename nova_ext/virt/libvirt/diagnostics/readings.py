# SPDX-License-Identifier: Apache-2.0
"""What libvirt says about a guest without asking its QEMU."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Optional

import libvirt
from nova import exception as nova_exception

from nova_ext.virt import sampling
from nova_ext.virt.libvirt import queries, start_times
from nova_ext.virt.libvirt.diagnostics import domain as domain_xml
from nova_ext.virt.libvirt.diagnostics import domain_stats, vhost_user


@dataclasses.dataclass(frozen=True)
class Described:
    """A guest's domain."""

    #: Its live XML.
    xml: str
    #: What that says.
    domain: domain_xml.Domain


@dataclasses.dataclass(frozen=True)
class Reading:
    """A guest at one moment."""

    described: Described
    #: (state, reason) in libvirt's numbers.
    state: tuple[int, int]
    #: Its counters.
    sample: sampling.Sample
    #: Whether it was saved to disk, to go on from there.
    is_saved: bool

    @property
    def run(self) -> start_times.Run:
        """What libvirt says about the present run of the guest."""
        return start_times.Run(self.state, self.sample.cpu_times)


class Reader:
    """Reads the guests of one host.

    All methods raise :exc:`nova_ext.exception.HypervisorNotResponding` when libvirt does not
    answer at all, and :exc:`nova_ext.exception.NotResponding` when it does not about a guest.
    """

    def __init__(self, host_queries: queries.Queries) -> None:
        """Take what asks the host's libvirt."""
        self._queries = host_queries
        self._vhost_user_nics = vhost_user.VhostUserNics(host_queries)
        self._lock = threading.Lock()
        #: The domains of running guests, as they were last seen.
        self._seen: dict[str, domain_xml.Domain] = {}

    def read(self, uuid: str) -> Reading:
        """Read a guest.

        :raises libvirt.libvirtError: libvirt refuses, for example because there is no such guest
        """
        return self.begin(uuid)()

    def begin(self, uuid: str) -> Callable[[], Reading]:
        """Begin to read a guest.

        :returns: waits for the reading; raises what :meth:`read` does
        """
        answer = self._queries.begin_about(uuid, _read)
        return lambda: self.complete(uuid, answer())

    def expect(self, uuid: str) -> Optional[domain_xml.Domain]:
        """A running guest's domain as it was last seen, which may be out of date.

        None: it was not seen, or did not run.
        """
        with self._lock:
            return self._seen.get(uuid)

    def complete(self, uuid: str, reading: Reading) -> Reading:
        """Remember the guest's domain, and read what its switch has to say."""
        description = reading.described.domain
        with self._lock:
            if description.id:
                self._seen[uuid] = description
            else:
                self._seen.pop(uuid, None)
        if description.id:
            reading.sample.nics.update(self._vhost_user_nics.read(uuid, [
                nic.device for nic in description.nics if nic.vhost_user and nic.device]))
        return reading

    def list_running(self) -> list[str]:
        """The UUIDs of the guests that run."""
        running = self._queries.list_running()
        with self._lock:
            for uuid in self._seen.keys() - set(running):
                del self._seen[uuid]
        return running


@contextlib.contextmanager
def requiring_domain(instance: Any) -> Iterator[None]:
    """Raise nova.exception.InstanceNotFound for a server whose domain is not there.

    :param instance: nova.objects.Instance
    """
    try:
        yield
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
            raise
        raise nova_exception.InstanceNotFound(instance_id=instance.uuid) from error


def _read(connection: Any, domain: Any) -> Reading:
    xml = domain.XMLDesc(0)
    described = Described(xml, domain_xml.parse(xml))
    quick = domain_stats.quick(connection, domain, described.domain.nics)
    state = quick['state.state'], quick['state.reason']
    return Reading(
        described=described, state=state,
        is_saved=state[0] == libvirt.VIR_DOMAIN_SHUTOFF and is_saved(domain),
        sample=sampling.Sample(
            taken=time.monotonic(), run=described.domain.id,
            cpu_times=domain_stats.cpu_times(domain) if described.domain.id else {},
            nics=domain_stats.devices(quick, 'net')))


def is_saved(domain: Any) -> bool:
    """Whether a domain that is shut off was saved to disk.

    :param domain: libvirt.virDomain
    :raises libvirt.libvirtError: it is gone
    """
    try:
        return bool(domain.hasManagedSaveImage(0))
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return False  # LXC cannot save a guest
