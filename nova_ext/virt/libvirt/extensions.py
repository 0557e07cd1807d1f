# SPDX-License-Identifier: Apache-2.0
"""All that nova-ext adds to the driver of one host, put together here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oslo_config import cfg

from nova_ext.compute import rpcapi
from nova_ext.concurrency import periodic
from nova_ext.virt import capabilities, failures
from nova_ext.virt.libvirt.console import (
    arrivals,
    consoles,
    deleted,
    launching,
    leftovers,
    moves,
    ports,
    reading,
    sender,
    starting,
)
from nova_ext.virt.libvirt.diagnostics import collector
from nova_ext.virt.libvirt.metadata import refresher


class Extensions:
    """What the overrides of Nova's methods delegate to; none of it knows Nova's driver."""

    def __init__(
            self, conf: cfg.ConfigOpts, host: Any, *, nova_log_path: Callable[[Any], str],
            nova_block: Callable[[Any, Any], Any]) -> None:
        """Know the host.

        :param conf: Nova's options and nova-ext's
        :param host: nova.virt.libvirt.host.Host
        :param nova_log_path: where Nova logs the console of a nova.objects.Instance
        :param nova_block: makes Nova's configuration object of its block of metadata, of a
            nova.objects.Instance and its ports
        """
        self.diagnostics = collector.Collector(host, conf)
        queries = self.diagnostics.queries
        self.consoles = consoles.Consoles(queries, conf, nova_log_path)
        self.ports = ports.Ports(queries)
        self.starts = starting.Starts(conf, self.consoles, self.ports)
        self.launches = launching.Launches(self.consoles, self.starts)
        self.leftovers = leftovers.Leftovers(conf, self.consoles)
        self.arrivals = arrivals.Arrivals(self.ports)
        self.moves = moves.Moves(
            conf, rpcapi.ComputeAPI(sender.TIMEOUT), self.consoles, self.leftovers, self.arrivals)
        self.console_logs = reading.Reader(queries, self.consoles)
        #: Keeps the offsets of all console logs.
        self.console_task = periodic.PeriodicTask(
            'console-offsets', reading.NOTE_INTERVAL, self.console_logs.note_all,
            longest_pause=reading.NOTE_LONGEST_PAUSE)
        self.deleted_logs = deleted.DeletedLogs(conf, self.consoles, self.console_logs)
        #: Deletes the logs of deleted servers that were kept long enough.
        self.deleted_logs_task = periodic.PeriodicTask(
            'deleted-console-logs', self.deleted_logs.interval, self.deleted_logs.remove_old)
        self.metadata = refresher.Refresher(
            conf, queries, self.diagnostics.start_times, nova_block)
        #: Refreshes the metadata of all guests at intervals.
        self.metadata_task = periodic.PeriodicTask(
            'metadata', conf.nova_ext.metadata_interval, self.metadata.refresh_all)
        #: What can be asked for over RPC.
        self.capabilities = capabilities.Capabilities(
            diagnostics=self.diagnostics, console_history=self.moves.receiver,
            metadata=self.metadata, host_diagnostics=self.diagnostics.bulk,
            console_log=self.deleted_logs,
            failures=failures.Combined(self.consoles.failures, self.metadata.failures))

    def start(self) -> None:
        """Begin what goes on beside Nova's operations, once Nova's driver is ready."""
        self.diagnostics.sampler.start()
        if self.consoles.are_logged:
            self.consoles.log_requirements()
            self.console_task.start()
            self.deleted_logs_task.start()
        self.metadata_task.start()

    def stop(self) -> None:
        """End what goes on beside Nova's operations."""
        self.metadata_task.stop()
        self.deleted_logs_task.stop()
        self.console_task.stop()
        self.diagnostics.sampler.stop()
