# SPDX-License-Identifier: Apache-2.0
"""What happens to a guest's console when the guest goes to another host, or comes from one."""

from __future__ import annotations

from typing import Any, NamedTuple

from nova import exception as nova_exception
from nova import objects
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext.compute import rpcapi
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


class _Leaving(NamedTuple):
    """A guest that is migrating away."""

    #: Name of the compute host that it goes to.
    dest: str
    #: Where its console is logged here.
    log_path: str
    #: Whether that is where it is logged there, on shared storage.
    stays: bool
    #: Whether that host takes the history. If it is not known, it may.
    has_plugin: bool


class Moves:
    """The moves of a host's guests."""

    def __init__(self, conf: cfg.ConfigOpts, client: rpcapi.ComputeAPI,
                 of_host: consoles.Consoles, left_here: leftovers.Leftovers,
                 arrivals_here: arrivals.Arrivals) -> None:
        """Know the host.

        :param client: asks other hosts
        :param of_host: its consoles
        :param left_here: takes the logs of servers that have left
        :param arrivals_here: the ports of guests that come
        """
        self._conf = conf
        self._consoles = of_host
        self._leftovers = left_here
        #: Takes what servers printed on other hosts.
        self.receiver = receiver.Receiver(conf, of_host)
        self._sender = sender.Sender(conf, client, self.receiver)
        self._rpc = client
        #: The guests that are migrating away, by server.
        self._leaving: dict[str, _Leaving] = {}
        self._arrivals = arrivals_here

    # Live migration, on the source.

    def live_migration_operation(
            self, context: Any, instance: Any, dest: str, migrate_data: Any,
            guest: Any) -> migrating.MigratingGuest:
        """The guest with the consoles that it will have on the destination.

        :param dest: name of the compute host
        :param migrate_data: nova.objects.LibvirtLiveMigrateData
        :param guest: nova.virt.libvirt.guest.Guest
        """
        path = self._consoles.get_current_log_path(instance)
        path_there, has_plugin = self._ask(context, instance, dest)
        stays = bool(migrate_data.is_shared_instance_path) and path == path_there
        self._leaving[instance.uuid] = _Leaving(dest, path, stays, has_plugin)
        # Nova makes the file before the guest comes, and virtlogd may have to replace it.
        return migrating.MigratingGuest(
            guest, has_serial_ports=bool(migrate_data.serial_listen_addr),
            append=has_plugin or stays, log_path=path_there)

    def _ask(self, context: Any, instance: Any, dest: str) -> tuple[str, bool]:
        """Where the destination logs the console, and whether it has the plugin."""
        nova_path = self._consoles.get_nova_log_path(instance)
        try:
            path = self._rpc.get_console_log_path(context, dest, instance.uuid)
        except Exception as error:  # Nova's place is there on every host
            LOG.warning('Failed to ask compute host %s where it logs consoles; using the '
                        'server\'s directory: %s', dest, error, instance=instance)
            return nova_path, True
        return path or nova_path, path is not None

    def post_live_migration(self, context: Any, instance: Any, migrate_data: Any) -> None:
        """Send the history after a guest that has migrated, before it is cleaned up here."""
        leaving = self._leaving.pop(instance.uuid, None)
        if leaving is None or leaving.stays:
            return
        nova_path = self._consoles.get_nova_log_path(instance)
        address = None
        if 'target_connect_addr' in migrate_data:
            address = migrate_data.target_connect_addr
        sent = self._sender.send(
            context, instance, leaving.dest, leaving.log_path,
            has_plugin=leaving.has_plugin, fallback=lambda printed: sender.copy_over(
                printed, nova_path, address or leaving.dest))
        self._leftovers.leave(leaving.log_path, instance, sent=sent)

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

    def migrate_disk_and_power_off(self, context: Any, instance: Any) -> None:
        """Send the history after a server that was powered off to go to another place."""
        move = self._move(context, instance, 'migrating')
        path = self._consoles.get_current_log_path(instance)
        if move is None or self._stays(move, path, instance):
            return
        self._leftovers.note_sent(path, instance, sent=False)
        if self._sender.send(
                context, instance, move.dest_compute, receiver.resize_path(path, instance)):
            self._leftovers.note_sent(path, instance, sent=True)

    def revert_resize(self, context: Any, instance: Any) -> None:
        """Send after a server that goes back what it printed here, and that alone."""
        move = self._move(context, instance, 'reverting')
        path = self._consoles.get_current_log_path(instance)
        if (move is None or move.dest_compute != self._conf.host
                or self._stays(move, path, instance)):
            return
        self._leftovers.leave(path, instance, sent=self._send_back(
            context, instance, move, path))

    def _send_back(self, context: Any, instance: Any, move: Any, path: str) -> bool:
        if move.cross_cell_move:
            LOG.warning('Failed to send back what the server printed here to %s, which is in '
                        'another cell and on another message bus', move.source_compute,
                        instance=instance)
            return False
        return self._sender.send(context, instance, move.source_compute, path,
                                 exclude=history.marker(path))

    def _stays(self, move: Any, path: str, instance: Any) -> bool:
        """Whether the log is in the same place before and after a resize on one host."""
        return bool(move.source_compute == move.dest_compute
                    and path != self._consoles.get_nova_log_path(instance))

    def _move(self, context: Any, instance: Any, status: str) -> Any:
        """The server's migration with that status, from or to this host."""
        moves = objects.MigrationList.get_by_filters(context, {
            'instance_uuid': instance.uuid, 'host': self._conf.host, 'status': status})
        return moves[-1] if moves else None
