# SPDX-License-Identifier: Apache-2.0
"""Takes what a server printed on another host, when the server comes to this one.

It comes from another compute host over the message bus. What it says is believed only as far as
Nova's own records bear it out, and where it is put is never its to say.
"""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
import uuid as uuids
from collections.abc import Sequence
from typing import Any, NamedTuple

from nova import exception as nova_exception
from nova import objects
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import consoles, privileged

LOG = logging.getLogger(__name__)

#: How many histories may be on their way at once, and for how many seconds each.
_TRANSFERS = 16
_EXPIRY = 60.0

#: Statuses of a migration that brings no server any more.
ENDED = frozenset({'confirmed', 'reverted', 'error', 'failed', 'completed', 'cancelled', 'done'})


class _Key(NamedTuple):
    """What the pieces of one history have in common."""

    instance_uuid: str
    transfer: str
    total: int


class _Expected(NamedTuple):
    """A server whose history may be put here."""

    instance: Any
    #: Whether it comes back to a host that kept what it had printed there.
    returns: bool


@dataclasses.dataclass
class _Transfer:
    """A history that is coming."""

    began: float
    pieces: dict[int, bytes] = dataclasses.field(default_factory=dict)


class Receiver:
    """Puts the pieces together, and puts the whole in its place."""

    def __init__(self, conf: cfg.ConfigOpts, host_consoles: consoles.Consoles) -> None:
        """Know the host.

        :param host_consoles: its consoles
        """
        self._conf = conf
        self._consoles = host_consoles
        self._lock = threading.Lock()
        self._coming: collections.OrderedDict[_Key, _Transfer] = (
            collections.OrderedDict())
        #: Those of which all pieces have come, and those that are in their place.
        self._whole: collections.deque[_Key] = collections.deque(maxlen=1000)
        self._arrived: collections.deque[_Key] = collections.deque(maxlen=1000)

    def get_log_path(self, context: Any, instance_uuid: str, port: int = 0) -> str:
        """Where the console of a server that comes to this host is logged.

        :param port: the number of the serial port
        :raises ValueError: the server does not come here, or there is no such port
        """
        return self._consoles.get_log_path(self._expected(context, instance_uuid).instance, port)

    def add(self, context: Any, instance_uuid: str, piece: console_history.Piece) -> bool:
        """Take a piece; repeated or late, it does no harm.

        :param context: nova.context.RequestContext
        :returns: whether all pieces are in their place
        :raises ValueError: it is not a piece of a history that may be put here
        :raises OSError: it cannot be written, or not in time
        """
        limit = self._conf.nova_ext.console_history_bytes
        most = console_history.MAX_PIECES if limit else 0
        if not 0 <= piece.number < piece.total <= most:
            raise ValueError(
                f'piece {piece.number} of {piece.total}; this host takes at most {most}')
        key = _Key(str(uuids.UUID(instance_uuid)), piece.transfer, piece.total)
        expected = self._expected(context, instance_uuid)
        # Another host may send more than this one takes: of that, the newest pieces are enough.
        dropped = max(0, piece.total - console_history.count(limit) - 1)
        whole = self._keep(
            key, piece.number, b'' if piece.number < dropped else piece.data)
        if whole is None:
            with self._lock:
                return key in self._arrived
        kept = whole[-limit:]
        self._put(expected, piece.port, kept, console_history.newest(
            piece.spans, dropped * console_history.SIZE + len(whole), len(kept)))
        with self._lock:
            self._arrived.append(key)
        return True

    def _keep(self, key: _Key, number: int, data: bytes) -> bytes | None:
        """Add a piece to its transfer; the whole when it was the last that was missing."""
        with self._lock:
            if key in self._whole:
                return None
            now = time.monotonic()
            for old in [other for other, transfer in self._coming.items()
                        if now - transfer.began > _EXPIRY]:
                del self._coming[old]
            if key not in self._coming and len(self._coming) >= _TRANSFERS:
                raise ValueError(f'{_TRANSFERS} other histories are on their way to this host')
            transfer = self._coming.setdefault(key, _Transfer(now))
            transfer.pieces[number] = data
            if len(transfer.pieces) < key.total:
                return None
            del self._coming[key]
            self._whole.append(key)
        return b''.join(transfer.pieces[place] for place in sorted(transfer.pieces))

    def _put(self, expected: _Expected, port: int, history: bytes,
             spans: Sequence[console_history.Span]) -> None:
        instance = expected.instance
        path = (self._consoles.get_current_log_paths(instance).get(port)
                or self._consoles.get_log_path(instance, port))
        try:
            kept = self._write(expected, path, history, spans)
        except (exception.NotResponding, TimeoutError) as error:
            # The one does not cross RPC, the other is there what a message bus does.
            raise OSError(str(error)) from error
        if kept:
            LOG.info('Received %d bytes of console history', len(history), instance=instance)
        else:
            LOG.info('Discarded the received console history, which is older than all that '
                     'virtlogd keeps', instance=instance)

    def _write(self, expected: _Expected, path: str, history: bytes,
               spans: Sequence[console_history.Span]) -> bool:
        """Put a history into a log; whether there was a place for it.

        :raises OSError: it cannot be written
        :raises nova_ext.exception.NotResponding: it is not written in time
        """
        instance = expected.instance
        disk = self._consoles.disk
        if expected.returns:
            path = self._consoles.find_resized_away(path, instance)
            disk.change(instance.uuid, lambda deadline: privileged.append_to_log(
                path, history, spans, deadline))
            return True
        backups = self._consoles.get_retention().max_backups
        return disk.change(instance.uuid, lambda deadline: privileged.insert_as_oldest_log(
            path, history, backups, spans, deadline))

    def _expected(self, context: Any, instance_uuid: str) -> _Expected:
        """The server, when it is on this host or on its way to it.

        :raises ValueError: it is not
        """
        here = self._conf.host
        try:
            instance = objects.Instance.get_by_uuid(context, instance_uuid, expected_attrs=[])
        except nova_exception.InstanceNotFound as error:
            raise ValueError(f'there is no server {instance_uuid}') from error
        moves = [
            migration for migration in objects.MigrationList.get_by_filters(
                context, {'instance_uuid': instance.uuid, 'host': here})
            if migration.status not in ENDED]
        if instance.host != here and not moves:
            raise ValueError(f'server {instance.uuid} is neither on {here} nor on its way to it')
        return _Expected(instance, returns=any(
            move.status == 'reverting' and move.source_compute == here for move in moves))
