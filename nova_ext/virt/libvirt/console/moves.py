# SPDX-License-Identifier: Apache-2.0
"""What happens to a guest's console when the guest goes to another host, or comes from one."""

from __future__ import annotations

from typing import Any, NamedTuple

from nova import exception as nova_exception
from nova import objects
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext.compute import rpcapi
from nova_ext.virt import failures
from nova_ext.virt.libvirt.console import (
    arrivals,
    consoles,
    history,
    leftovers,
    migrating,
    privileged,
    receiver,
    sender,
    virtlogd,
)

LOG = logging.getLogger(__name__)

_counted = failures.counted(failures.CONSOLE_LOG)


class _Leaving(NamedTuple):
    """A guest that is migrating away."""

    #: Name of the compute host that it goes to.
    dest: str
    #: Where its serial ports are logged here, by number, but for those that are logged in the same
    #: place there, on shared storage.
    paths: dict[int, str]
    #: Whether that host takes the history. If it is not known, it may.
    has_plugin: bool


class Moves:
    """The moves of a host's guests."""

    def __init__(self, conf: cfg.ConfigOpts, client: rpcapi.ComputeAPI,
                 host_consoles: consoles.Consoles, left_here: leftovers.Leftovers,
                 arrivals_here: arrivals.Arrivals) -> None:
        """Know the host.

        :param client: asks other hosts
        :param host_consoles: its consoles
        :param left_here: takes the logs of servers that have left
        :param arrivals_here: the ports of guests that come
        """
        self.failures = host_consoles.failures
        self._conf = conf
        self._consoles = host_consoles
        self._leftovers = left_here
        #: Takes what servers printed on other hosts.
        self.receiver = receiver.Receiver(conf, host_consoles)
        self._sender = sender.Sender(conf, client, self.receiver, host_consoles)
        self._rpc = client
        #: The guests that are migrating away, by server.
        self._leaving: dict[str, _Leaving] = {}
        self._arrivals = arrivals_here

    # Live migration, on the source.

    @_counted
    def live_migration_operation(
            self, context: Any, instance: Any, dest: str, migrate_data: Any,
            guest: Any) -> migrating.MigratingGuest:
        """The guest with the consoles that it will have on the destination.

        :param dest: name of the compute host
        :param migrate_data: nova.objects.LibvirtLiveMigrateData
        :param guest: nova.virt.libvirt.guest.Guest
        """
        paths = self._consoles.get_current_log_paths(instance)
        there, has_plugin = migrating.ask_paths(
            self._rpc, context, instance, dest, paths, self._consoles.get_nova_log_path(instance))
        moving = {
            port: path for port, path in paths.items()
            if not migrate_data.is_shared_instance_path or path != there.get(port)}
        self._leaving[instance.uuid] = _Leaving(dest, moving, has_plugin)
        # Nova makes the file before the guest comes, and virtlogd may have to replace it.
        return migrating.MigratingGuest(
            guest, has_serial_ports=bool(migrate_data.serial_listen_addr),
            append=has_plugin or 0 not in moving, paths=there)

    @_counted
    def post_live_migration(self, context: Any, instance: Any, migrate_data: Any) -> None:
        """Send the history after a guest that has migrated, before it is cleaned up here."""
        leaving = self._leaving.pop(instance.uuid, None)
        if leaving is None or not leaving.paths:
            return
        nova_path = self._consoles.get_nova_log_path(instance)
        address = None
        if 'target_connect_addr' in migrate_data:
            address = migrate_data.target_connect_addr
        sent = self._sender.send(
            context, instance, leaving.dest, leaving.paths,
            has_plugin=leaving.has_plugin, fallback=lambda printed: sender.copy_over(
                printed, nova_path, address or leaving.dest))
        for port, path in leaving.paths.items():
            self._leftovers.discard_or_keep(path, instance, sent=port in sent)

    # Live migration, on the destination.

    def check_destination(self) -> None:
        """Return when guests that come here can be logged.

        :raises nova.exception.MigrationPreCheckError: they cannot, so that libvirt would refuse
            them after everything is prepared
        """
        try:
            problem = virtlogd.problem(
                privileged.read_configuration, privileged.get_refusal_of_virtlogd)
        except Exception as error:  # libvirt has the last word
            LOG.warning('Whether virtlogd answers could not be checked: %s: %s',
                        type(error).__name__, error)
            return
        if problem:
            raise nova_exception.MigrationPreCheckError(
                reason=f'virtlogd, which would log its console, does not answer on host '
                       f'{self._conf.host} ({problem})')

    def reclaim(self, context: Any) -> None:
        """Give back the ports of guests that have not come.

        Nova does not tell the destination of a failed migration where both hosts share the
        servers' directories.
        """
        for instance in self._arrivals.expected():
            moves = objects.MigrationList.get_by_filters(
                context, {'instance_uuid': instance.uuid, 'host': self._conf.host})
            if moves and all(move.status in receiver.ENDED for move in moves):
                self._arrivals.post_live_migration_at_destination(instance)

    # Cold migration and resize.

    @_counted
    def migrate_disk_and_power_off(self, context: Any, instance: Any) -> None:
        """Send the history after a server that was powered off to go to another place."""
        move = self._move(context, instance, 'migrating')
        paths = self._moving(move, instance)
        if not paths:
            return
        for path in paths.values():
            self._leftovers.note_sent(path, instance, sent=False)
        sent = self._sender.send(context, instance, move.dest_compute, {
            port: self._consoles.find_resized_away(path, instance)
            for port, path in paths.items()})
        for port in sent:
            self._leftovers.note_sent(paths[port], instance, sent=True)

    @_counted
    def revert_resize(self, context: Any, instance: Any) -> None:
        """Send after a server that goes back what it printed here, and that alone."""
        move = self._move(context, instance, 'reverting')
        paths = self._moving(move, instance)
        if not paths or move.dest_compute != self._conf.host:
            return
        sent = self._send_back(context, instance, move, paths)
        for port, path in paths.items():
            self._leftovers.discard_or_keep(path, instance, sent=port in sent)

    def _send_back(self, context: Any, instance: Any, move: Any,
                   paths: dict[int, str]) -> frozenset[int]:
        if move.cross_cell_move:
            self.failures.note(failures.CONSOLE_LOG)
            LOG.warning('Failed to send back what the server printed here to %s, which is in '
                        'another cell and on another message bus', move.source_compute,
                        instance=instance)
            return frozenset()
        return self._sender.send(
            context, instance, move.source_compute, paths, exclude=history.marker)

    def _moving(self, move: Any, instance: Any) -> dict[int, str]:
        """The logs, by serial port, that are not in the same place before and after a move."""
        if move is None:
            return {}
        return {
            port: path for port, path in self._consoles.get_current_log_paths(instance).items()
            if move.source_compute != move.dest_compute
            or not self._consoles.is_elsewhere(path, instance)}

    def _move(self, context: Any, instance: Any, status: str) -> Any:
        """The server's migration with that status, from or to this host."""
        moves = objects.MigrationList.get_by_filters(context, {
            'instance_uuid': instance.uuid, 'host': self._conf.host, 'status': status})
        return moves[-1] if moves else None
