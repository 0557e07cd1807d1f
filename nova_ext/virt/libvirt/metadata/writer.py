# SPDX-License-Identifier: Apache-2.0
"""Compares the metadata of domains with what it should be, and writes it."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import libvirt
from lxml import etree
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.virt.libvirt import documents, queries, start_times
from nova_ext.virt.libvirt.metadata import block, comparing, element

LOG = logging.getLogger(__name__)

T = TypeVar('T')

_ELEMENT = libvirt.VIR_DOMAIN_METADATA_ELEMENT


@dataclasses.dataclass(frozen=True)
class Content:
    """What the metadata of a domain has to say."""

    #: Nova's block.
    nova: etree._Element
    #: What nova-ext's element says of the server.
    description: element.Description


class Writer:
    """Compares and writes the metadata of the domains of one host."""

    def __init__(self, host_queries: queries.Queries,
                 guest_start_times: start_times.StartTimes) -> None:
        """Know the host.

        :param host_queries: makes libvirt calls about a guest, each within a bound
        """
        self._queries = host_queries
        self._start_times = guest_start_times

    def is_right(self, uuid: str, content: Content) -> bool:
        """Whether nothing has to be written. libvirt finds that out without the guest's QEMU.

        :raises nova_ext.exception.NotResponding: libvirt does not answer in time
        :raises libvirt.libvirtError: it refuses
        """
        def compare(domain: Any) -> bool:
            definitions = _Definitions(domain)
            return definitions.are_right(content.nova, self._build(definitions, content))

        return self._ask(uuid, True, lambda: self._queries.ask_about(
            uuid, lambda _, domain: compare(domain)))

    def write(self, uuid: str, content: Content, *, unless_busy: bool = False) -> bool:
        """Write what is not right in one of the domain's definitions.

        :param unless_busy: not while a job such as a migration keeps libvirt from changing it
        :returns: whether anything had to be written, and was
        :raises nova_ext.exception.NotResponding: libvirt does not answer in time
        :raises libvirt.libvirtError: it refuses
        """
        given_up = threading.Event()

        def write(domain: Any) -> bool:
            definitions = _Definitions(domain)
            ours = self._build(definitions, content)
            if definitions.are_right(content.nova, ours) or (
                    unless_busy and definitions.run and _has_job(domain)):
                return False
            if given_up.is_set():
                return False  # what nobody waits for any longer may be outdated by now
            definitions.write(content.nova, ours)
            return True

        try:
            return self._ask(uuid, False, lambda: self._queries.ask_guest(
                uuid, lambda _, domain: write(domain)).result())
        except exception.NotResponding:
            given_up.set()
            raise

    def _ask(self, uuid: str, fallback: T, ask: Callable[[], T]) -> T:
        """Ask about a domain.

        :param fallback: the answer if there is no domain
        """
        try:
            return ask()
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            LOG.debug('There is no domain to refresh', instance_uuid=uuid)
            return fallback

    def _build(self, definitions: _Definitions, content: Content) -> etree._Element:
        """Make nova-ext's element.

        The time of start is the one that is written already, unless that is wrong.
        """
        started_at = None
        if definitions.run:
            started_at = element.prefer_recorded(
                self._start_times.started_in(definitions.domain, definitions.xml),
                element.get_started(element.find(definitions.all[0])))
        return element.build(content.description, started_at)


class _Definitions:
    """The definitions of a domain: the live one, if it runs, and the persistent one."""

    def __init__(self, domain: Any) -> None:
        """Read those of a libvirt.virDomain."""
        self.domain = domain
        #: The live one, or the only one.
        self.xml: str = domain.XMLDesc(0)
        self.all = [documents.parse(self.xml)]
        #: Whether the domain runs.
        self.run = self.all[0].get('id') is not None
        if self.run:
            self.all.append(documents.parse(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)))

    def are_right(self, nova: etree._Element, ours: etree._Element) -> bool:
        """Whether each has both elements, and no other form of them."""
        return not self._other_versions() and all(
            comparing.same(block.find(one), nova)
            and comparing.same(element.find(one), ours, ignoring=element.REFRESHED)
            for one in self.all)

    def write(self, nova: etree._Element, ours: etree._Element) -> None:
        """Write both elements into each, and remove other forms of them."""
        flags = libvirt.VIR_DOMAIN_AFFECT_CONFIG
        if self.run:
            flags |= libvirt.VIR_DOMAIN_AFFECT_LIVE
        for one, key, namespace in ((nova, block.KEY, block.NAMESPACE),
                                    (ours, element.KEY, element.NAMESPACE)):
            self.domain.setMetadata(
                _ELEMENT, etree.tostring(one, encoding='unicode'), key, namespace, flags)
        for namespace in sorted(self._other_versions()):
            self.domain.setMetadata(_ELEMENT, None, None, namespace, flags)

    def _other_versions(self) -> set[str]:
        """The namespaces of older and newer forms, of which a reader could take the first."""
        return {found for one in self.all for ours in (block.NAMESPACE, element.NAMESPACE)
                for found in comparing.other_versions(one, ours)}


def _has_job(domain: Any) -> bool:
    """Whether a change of a domain that runs would wait for the end of a job."""
    return bool(domain.jobInfo()[0] != libvirt.VIR_DOMAIN_JOB_NONE)
