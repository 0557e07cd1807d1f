# SPDX-License-Identifier: Apache-2.0
"""Keeps the metadata of a host's domains true."""

from __future__ import annotations

import importlib.metadata
import threading
import time
import types
from collections.abc import Callable
from typing import Any, Optional

import libvirt
from lxml import etree
from nova import exception as nova_exception
from nova.compute import task_states
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext import threads
from nova_ext.virt.libvirt import monitors, started
from nova_ext.virt.libvirt.metadata import block, comparing, element, records

LOG = logging.getLogger(__name__)

#: The plugin that runs; another one may have been installed since it was started.
try:
    _PLUGIN = importlib.metadata.version('nova-ext')
except importlib.metadata.PackageNotFoundError:
    _PLUGIN = 'unknown'

#: Seconds between the refreshments of a server about which Nova is going to record something.
FOLLOW = (1, 2, 5, 10, 30)

#: No entity or network access for what is, in the end, input.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


class Refresher:
    """Writes what Nova's records say into the domains of one host."""

    def __init__(
            self, conf: cfg.ConfigOpts, asker: monitors.Monitors,
            start_times: started.StartTimes, nova_block: Callable[[Any, Any], Any]) -> None:
        """Know the host.

        :param asker: makes libvirt calls about a guest, each within a bound
        :param nova_block: makes Nova's configuration object of its block, of a
            nova.objects.Instance and its ports
        """
        self._conf = conf
        self._monitors = asker
        self._start_times = start_times
        self._nova_block = nova_block
        #: What guests have that the records do not say yet.
        self.ahead = records.Ahead()
        self._records = records.Records(self.ahead)
        self._lock = threading.Lock()
        #: The servers whose records were read anew since the pass under way has read them.
        self._read: set[str] = set()

    # When a domain's configuration is made.

    def complete(self, configurations: list[Any], instance: Any, vifs: Any) -> None:
        """Correct the metadata of a guest that is about to be made, and add ours.

        :param configurations: of the metadata, among them Nova's; ours is added
        :param instance: nova.objects.Instance
        :param vifs: nova.network.model.NetworkInfo
        """
        self.ahead.forget(instance.uuid)
        record = self._records.of(instance, vifs)
        nova = block.of_guest(configurations)
        if nova is not None:
            block.correct(nova, instance, record.root)
        configurations.append(_Made(element.build(self._describe(record))))

    # When something was done to a server, or may have been.

    def refresh(self, uuid: str) -> bool:
        """Write what has changed of one server.

        :returns: whether anything had
        :raises Exception: it could not be written
        """
        with self._lock:
            self._read.add(uuid)
        record = self._records.read(uuid)
        if records.is_unshelved(record.instance):
            self.follow(record.instance)
        return self._refresh(record)

    def follow(self, instance: Any) -> None:
        """Refresh a few times in the background what Nova is going to record next.

        :param instance: nova.objects.Instance
        """
        threads.start('metadata-follower', lambda: self._follow(instance))

    def _follow(self, instance: Any) -> None:
        for delay in FOLLOW:
            time.sleep(delay)
            try:
                self._refresh(self._records.read(instance.uuid))
            except nova_exception.InstanceNotFound:
                return  # it was deleted
            except Exception as error:
                LOG.warning('Its metadata could not be refreshed, and will be tried again: '
                            '%s: %s', type(error).__name__, error, instance=instance)

    def refresh_renamed(self, uuid: str) -> bool:
        """Write what has changed of a server, unless that is another's business.

        While a guest migrates libvirt changes nothing of it, and the destination will.

        :returns: whether anything had
        :raises Exception: it could not be written
        """
        record = self._records.read(uuid)
        if (record.instance.host != self._conf.host
                or record.instance.task_state == task_states.MIGRATING):
            LOG.debug('Its metadata is not refreshed here and now', instance=record.instance)
            return False
        return self._refresh(record)

    def refresh_all(self) -> None:
        """Write what has changed of any server of the host.

        Servers that something is being done to are left to that, and failures to the next time.
        """
        began = time.monotonic()
        with self._lock:
            self._read.clear()
        found = self._records.read_all(self._conf.host)
        changed = failed = 0
        for record in found:
            if record.instance.task_state is not None or record.instance.uuid in self._read:
                continue
            try:
                changed += self._refresh(record)
            except Exception as error:
                failed += 1
                LOG.warning('Its metadata could not be refreshed, and will be tried again: '
                            '%s: %s', type(error).__name__, error, instance=record.instance)
        LOG.log(logging.INFO if changed or failed else logging.DEBUG,
                'The metadata of %d of %d domains has changed, %d could not be refreshed; it '
                'took %.1f s', changed, len(found), failed, time.monotonic() - began)

    def _refresh(self, record: records.Record) -> bool:
        """Write what has changed.

        :returns: whether anything had
        """
        nova = self._nova_block(record.instance, list(record.vifs))
        block.correct(nova, record.instance, record.root)
        nova_element = nova.format_dom()
        description = self._describe(record)
        try:
            written = self._monitors.ask(
                record.instance.uuid,
                lambda _, domain: self._write(domain, nova_element, description)).result()
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            LOG.debug('There is no domain to refresh', instance=record.instance)
            return False
        if written:
            LOG.debug('Its metadata is refreshed', instance=record.instance)
        return written

    def _write(self, domain: Any, nova: etree._Element, description: element.Description) -> bool:
        """Write both elements, if either is not right in both of the domain's definitions."""
        xml = domain.XMLDesc(0)
        live = etree.fromstring(xml.encode(), _PARSER)
        runs = live.get('id') is not None
        ours = element.build(description, self._started(domain, xml, live) if runs else None)
        if (_says(block.find(live), element.find(live), nova, ours)
                and (not runs or _says(_read(domain, block.NAMESPACE),
                                       _read(domain, element.NAMESPACE), nova, ours))):
            return False
        flags = libvirt.VIR_DOMAIN_AFFECT_CONFIG
        if runs:
            flags |= libvirt.VIR_DOMAIN_AFFECT_LIVE
        for one, key, namespace in ((nova, block.KEY, block.NAMESPACE),
                                    (ours, element.KEY, element.NAMESPACE)):
            domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT,
                               etree.tostring(one, encoding='unicode'), key, namespace, flags)
        return True

    def _started(self, domain: Any, xml: str, live: etree._Element) -> Optional[float]:
        """When the running guest was started; what is written already, unless it is wrong."""
        before = element.get_started(element.find(live))
        guest = types.SimpleNamespace(name=domain.name(), uuid=domain.UUIDString())
        return element.steady(self._start_times.started(guest, xml), before)

    def _describe(self, record: records.Record) -> element.Description:
        return element.Description(
            plugin=_PLUGIN, host=self._conf.host,
            availability_zone=record.instance.availability_zone,
            volumes=record.volumes, ports=record.ports)


class _Made:
    """An element among Nova's configuration objects."""

    def __init__(self, made: etree._Element) -> None:
        self._made = made

    def format_dom(self) -> etree._Element:
        return self._made


def _says(nova: Any, ours: Any, nova_right: Any, ours_right: Any) -> bool:
    return (comparing.same(nova, nova_right)
            and comparing.same(ours, ours_right, ignoring=element.REFRESHED))


def _read(domain: Any, namespace: str) -> Optional[etree._Element]:
    """One element of a domain's persistent definition; None: there is none."""
    try:
        text = domain.metadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, namespace, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN_METADATA:
            raise
        return None
    return etree.fromstring(text.encode(), _PARSER)
