# SPDX-License-Identifier: Apache-2.0
"""Keeps the metadata of a host's domains true."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from nova import exception as nova_exception
from nova.compute import task_states
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.concurrency import background
from nova_ext.virt import failures
from nova_ext.virt.libvirt import queries, start_times
from nova_ext.virt.libvirt.metadata import block, element, records, turns, writer

LOG = logging.getLogger(__name__)

#: Seconds between the refreshes of a server about which Nova is going to record something.
FOLLOW_UP_DELAYS = (1, 2, 5, 10, 30)

#: A server that is deleted meanwhile is no failure.
_counted = failures.counted(failures.METADATA, ignored=(nova_exception.InstanceNotFound,))


class Refresher:
    """Writes what Nova's records say into the domains of one host.

    One thread at a time reads the record of a server and writes what it says: what was read
    before a change cannot be written after it.
    """

    def __init__(
            self, conf: cfg.ConfigOpts, host_queries: queries.Queries,
            guest_start_times: start_times.StartTimes,
            nova_block: Callable[[Any, Any], Any]) -> None:
        """Know the host.

        :param host_queries: makes libvirt calls about a guest, each within a bound
        :param nova_block: makes Nova's configuration object of its block, of a
            nova.objects.Instance and its ports
        """
        self.failures = failures.Failures(failures.METADATA)
        self._conf = conf
        self._writer = writer.Writer(host_queries, guest_start_times)
        self._nova_block = nova_block
        #: What guests have that the records do not say yet.
        self.pending = records.PendingChanges()
        self._records = records.Records(self.pending)
        self._turns = turns.Turns(conf, self._records)

    # When a domain's configuration is made.

    def complete(self, configurations: list[Any], instance: Any, vifs: Any) -> None:
        """Correct the metadata of a guest that is about to be made, and add ours.

        :param configurations: of the metadata, among them Nova's; ours is added
        :param instance: nova.objects.Instance
        :param vifs: nova.network.model.NetworkInfo
        """
        self.pending.forget(instance.uuid)
        record = self._records.of(instance, vifs)
        nova = block.of_guest(configurations)
        if nova is not None:
            block.correct(nova, instance, record.root)
        configurations.append(element.PrebuiltElement(element.build(self._describe(record))))

    # When something was done to a server, or may have been.

    @_counted
    def refresh(self, uuid: str) -> bool:
        """Write what has changed of one server.

        :returns: whether anything had
        :raises Exception: it could not be written
        """
        with self._turns.take(uuid) as record:
            written = self._writer.write(uuid, self._content(record))
        if records.is_unshelved(record.instance):
            self.follow(record.instance)
        return written

    @_counted
    def refresh_local(self, uuid: str) -> bool:
        """Write what has changed of a server, if it is this host's and can be changed now.

        While a guest migrates libvirt changes nothing of it; the host that it is on afterwards
        writes what has changed.

        :returns: whether anything had
        :raises Exception: it could not be written
        """
        with self._turns.take(uuid) as record:
            if record.instance.host != self._conf.host:
                LOG.debug('Domain metadata is not refreshed: the server is on another host',
                          instance=record.instance)
                return False
            with self._turns.unless_overtaken(record):
                return self._writer.write(
                    uuid, self._content(record),
                    unless_busy=record.instance.task_state == task_states.MIGRATING)
        return False

    def follow(self, instance: Any) -> None:
        """Refresh a few times in the background what Nova is going to record next.

        :param instance: nova.objects.Instance
        """
        background.start('metadata-follower', lambda: self._follow(instance))

    def _follow(self, instance: Any) -> None:
        for delay in FOLLOW_UP_DELAYS:
            time.sleep(delay)
            try:
                self.refresh_local(instance.uuid)
            except nova_exception.InstanceNotFound:
                return  # it was deleted
            except Exception as error:
                _warn(instance, error)

    def refresh_all(self) -> None:
        """Write what has changed of any server of the host.

        Servers that something is being done to are left to that, and failures to the next time.

        :raises nova_ext.exception.HypervisorNotResponding: libvirt does not answer at all
        """
        began = time.monotonic()
        found = self._records.read_all(self._conf.host)
        changed = failed = 0
        for record in found:
            try:
                changed += self._refresh_idle(record)
            except nova_exception.InstanceNotFound:
                continue  # it was deleted meanwhile
            except exception.HypervisorNotResponding:
                raise  # the other servers would have the same
            except Exception as error:
                failed += 1
                _warn(record.instance, error)
        LOG.log(logging.INFO if changed or failed else logging.DEBUG,
                'The metadata of %d of %d domains has changed, %d could not be refreshed; it '
                'took %.1f s', changed, len(found), failed, time.monotonic() - began)

    @_counted
    def _refresh_idle(self, found: records.Record) -> bool:
        """Write what has changed of a server, unless something is being done to it.

        :param found: its record of a while ago: enough to tell whether it is worth reading again
        :returns: whether anything had
        """
        uuid = found.instance.uuid
        if not self._turns.is_idle(found) or self._writer.is_right(uuid, self._content(found)):
            return False
        with self._turns.take(uuid) as record, self._turns.unless_overtaken(record):
            return self._turns.is_idle(record) and self._writer.write(uuid, self._content(record))
        return False

    def _content(self, record: records.Record) -> writer.Content:
        nova = self._nova_block(record.instance, list(record.vifs))
        block.correct(nova, record.instance, record.root)
        return writer.Content(nova.format_dom(), self._describe(record))

    def _describe(self, record: records.Record) -> element.Description:
        return element.Description(
            plugin=element.PLUGIN, host=self._conf.host,
            availability_zone=record.instance.availability_zone,
            volumes=record.volumes, ports=record.ports)


def _warn(instance: Any, error: Exception) -> None:
    LOG.warning('Domain metadata could not be refreshed, the next pass tries again: %s: %s',
                type(error).__name__, error, instance=instance)
