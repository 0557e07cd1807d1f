# SPDX-License-Identifier: Apache-2.0
"""The client side of what is about consoles."""

from __future__ import annotations

from typing import Any, Optional

from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.compute import calling, console_history, console_log_codec
from nova_ext.concurrency.expiring import ExpiringSet
from nova_ext.virt import capabilities


class ConsoleCalls(calling.Caller):
    """What :class:`nova_ext.compute.rpcapi.ComputeAPI` asks hosts about consoles."""

    #: Asks the hosts, as ``ComputeAPI`` has them.
    _router: Any
    _refused: ExpiringSet

    def get_console_log(
            self, context: Any, instance: Any, start: int, limit: int,
            port: int = 0) -> Optional[capabilities.LogPart]:
        """What a server has printed from an offset on; None: its host cannot tell.

        :param context: nova.context.RequestContext, targeted at the server's cell
        :param instance: nova.objects.Instance with a host
        :param start: as for :meth:`nova_ext.virt.capabilities.ConsoleLog.read_console_log`
        :param limit: as there, and no more than
            :data:`nova_ext.compute.console_log_codec.MAX_BYTES`
        :param port: the number of the serial port on which it has
        :raises nova_ext.exception.ComputeHostUnavailable: the host did not answer in time, or
            nothing that can be read
        :raises nova.exception.ConsoleNotAvailable: there is no log or it cannot be read, in the
            host's words
        """
        try:
            answer = self._call(
                self._router, context, instance.host, _version('1.4', port), 'get_console_log',
                instance=instance, start=start, limit=limit, **_of_port(port))
        except nova_exception.ServiceUnavailable as error:
            raise exception.ComputeHostUnavailable(
                instance.host, error.format_message().partition('\n')[0]) from error
        try:
            return None if answer is None else console_log_codec.decode(answer)
        except ValueError as error:
            raise exception.ComputeHostUnavailable(
                instance.host, f'its answer cannot be read ({error})') from error

    def get_console_log_path(
            self, context: Any, host: str, instance_uuid: str, port: int = 0,
            deadline: Optional[float] = None) -> Optional[str]:
        """Where a host logs the console of a server that comes to it; None: it cannot tell.

        :param context: nova.context.RequestContext
        :param port: the number of the serial port
        :param deadline: monotonic time, if that comes before the usual bound
        :raises nova_ext.exception.ComputeHostUnavailable: the host did not answer in time
        :raises nova_ext.exception.ComputeHostRefused: the server does not go there
        """
        path: Optional[str] = self._call_console(
            context, host, _version('1.1', port), 'get_console_log_path', deadline=deadline,
            instance_uuid=instance_uuid, **_of_port(port))
        return path

    def add_console_history(
            self, context: Any, host: str, instance_uuid: str,
            piece: console_history.Piece) -> Optional[bool]:
        """Give a host a piece of what a server printed elsewhere.

        A host that knows no offsets gets it without, unless it is of a port beyond the first.

        :param context: nova.context.RequestContext
        :returns: whether all pieces are in their place; None: the host has nothing that takes
            them
        :raises nova_ext.exception.ComputeHostUnavailable: the host did not answer in time
        :raises nova_ext.exception.ComputeHostRefused: it does not take the piece
        """
        arguments = {'instance_uuid': instance_uuid, **console_history.encode(piece)}
        call = (context.cell_uuid, host, 'spans')
        complete: Optional[bool] = None
        if piece.port:
            complete = self._call_console(
                context, host, '1.5', 'add_console_history', port=piece.port,
                spans=console_history.encode_spans(piece), **arguments)
            return complete
        if piece.spans and call not in self._refused:
            complete = self._call_console(
                context, host, '1.4', 'add_console_history',
                spans=console_history.encode_spans(piece), **arguments)
            if complete is not None:
                return complete
            self._refused.add(call)
        if not piece.data:
            return True
        complete = self._call_console(
            context, host, '1.1', 'add_console_history', **arguments)
        return complete

    def _call_console(
            self, context: Any, host: str, version: str, method: str, **arguments: Any) -> Any:
        """Call a method, as :meth:`_call` does.

        :raises nova_ext.exception.ComputeHostRefused: the host refused, in its words
        """
        try:
            return self._call(self._router, context, host, version, method, **arguments)
        except (ValueError, OSError) as error:
            raise exception.ComputeHostRefused(host, error) from error


def _version(first: str, port: int) -> str:
    """The version that has a method for a port; for port 0 it is the first that has it at all."""
    return '1.5' if port else first


def _of_port(port: int) -> dict[str, Any]:
    """The argument that only a later version has."""
    return {'port': port} if port else {}
