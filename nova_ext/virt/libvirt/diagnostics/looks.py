# SPDX-License-Identifier: Apache-2.0
"""What libvirt says about a guest without asking its QEMU."""

from __future__ import annotations

import dataclasses
import time
from typing import Any, Optional

import libvirt

from nova_ext.virt import sampling
from nova_ext.virt.libvirt import queries
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
class Look:
    """A guest at one moment."""

    described: Described
    #: (state, reason) in libvirt's numbers.
    state: tuple[int, int]
    #: Its counters.
    sample: sampling.Sample
    #: Whether it was saved to disk, to go on from there.
    is_saved: bool


class Looks:
    """Looks at the guests of one host.

    All methods raise :exc:`nova_ext.exception.HypervisorNotResponding` when libvirt does not
    answer at all, and :exc:`nova_ext.exception.NotResponding` when it does not about a guest.
    """

    def __init__(self, of_host: queries.Queries) -> None:
        """Take what asks the host's libvirt."""
        self._queries = of_host
        self._vhost_user_nics = vhost_user.VhostUserNics(of_host)

    def describe(self, uuid: str) -> Described:
        """How a guest's domain is defined.

        :raises libvirt.libvirtError: libvirt refuses, for example because there is no such guest
        """
        return self._queries.ask_about(uuid, lambda _, domain: _describe(domain))

    def take(self, uuid: str, described: Optional[Described] = None) -> Look:
        """Look at a guest.

        :param described: its domain, if that is known
        :raises libvirt.libvirtError: libvirt refuses, for example because there is no such guest
        """
        look = self._queries.ask_about(uuid, lambda connection, domain: _take(
            connection, domain, described or _describe(domain)))
        if look.described.domain.id:
            look.sample.nics.update(self._vhost_user_nics.read(uuid, [
                nic.device for nic in look.described.domain.nics
                if nic.vhost_user and nic.device]))
        return look

    def list_running(self) -> list[str]:
        """The UUIDs of the guests that run."""
        return self._queries.ask_libvirt(lambda connection: [
            domain.UUIDString() for domain in connection.listAllDomains(
                libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)])


def _describe(domain: Any) -> Described:
    xml = domain.XMLDesc(0)
    return Described(xml, domain_xml.parse(xml))


def _take(connection: Any, domain: Any, described: Described) -> Look:
    quick = domain_stats.quick(connection, domain, described.domain.nics)
    state = quick['state.state'], quick['state.reason']
    return Look(
        described=described, state=state,
        is_saved=state[0] == libvirt.VIR_DOMAIN_SHUTOFF and _is_saved(domain),
        sample=sampling.Sample(
            taken=time.monotonic(), run=described.domain.id,
            cpu_times=domain_stats.cpu_times(domain) if described.domain.id else {},
            nics=domain_stats.devices(quick, 'net')))


def _is_saved(domain: Any) -> bool:
    try:
        return bool(domain.hasManagedSaveImage(0))
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return False  # LXC cannot save a guest
