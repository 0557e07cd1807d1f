# SPDX-License-Identifier: Apache-2.0
"""Telling compute hosts that a server has another name.

Nova changes the name in its record and tells nobody. When Nova has answered that it did, the
server's host is asked to write the name into the domain's metadata: in the background, so that the
answer to the client neither waits for it nor fails because of it. What does not get through is
found by the host itself, at its next pass over all guests.
"""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable
from typing import Any, Optional

from nova import context as nova_context
from nova import exception as nova_exception
from nova import objects
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.compute import hosts, rpcapi

LOG = logging.getLogger(__name__)

#: Below Nova's endpoint, where a project's id may come first.
_SERVER = re.compile(r'(?:/[0-9a-f\-]+)?/servers/(?P<server_id>[0-9a-fA-F\-]{32,36})/?')

#: As many renamed servers may wait for their hosts to be told; of more their hosts find out.
_WAITING = 1000

StartResponse = Callable[..., Any]


class Renames:
    """Notices renamed servers and tells their hosts, one after the other."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        """Know how long to wait for one host.

        :param conf: Nova's configuration with the group ``nova_ext``
        """
        self._conf = conf
        self._waiting: queue.Queue[str] = queue.Queue(_WAITING)
        self._lock = threading.Lock()
        self._worker: Optional[threading.Thread] = None
        self._rpc: Optional[rpcapi.ComputeAPI] = None
        self._hosts = hosts.ComputeHosts()

    def watching(self, environ: dict[str, Any], start_response: StartResponse) -> StartResponse:
        """A ``start_response`` that notices whether this request changed a server.

        :param environ: the request
        :param start_response: the WSGI callable to pass the response's beginning to
        """
        if environ['REQUEST_METHOD'] != 'PUT':
            return start_response
        server = _SERVER.fullmatch(environ.get('PATH_INFO', ''))
        if server is None:
            return start_response

        def start(status: str, *arguments: Any) -> Any:
            if status.startswith('200'):
                self._note(server['server_id'])
            return start_response(status, *arguments)

        return start

    def _note(self, server_id: str) -> None:
        """Have the server's host told. Never waits, never raises."""
        try:
            self._waiting.put_nowait(server_id)
            with self._lock:
                # Not before it is needed: the server may make processes of this one first.
                if self._worker is None or not self._worker.is_alive():
                    self._worker = threading.Thread(
                        target=self._work, daemon=True, name='nova-ext-renames')
                    self._worker.start()
        except Exception as error:
            LOG.warning('The host is not told that it has another name: %s: %s',
                        type(error).__name__, error, instance_uuid=server_id)

    def _work(self) -> None:
        while True:
            server_id = self._waiting.get()
            try:
                self._tell(server_id)
            except (exception.ComputeHostUnavailable, nova_exception.NotFound) as error:
                LOG.info('The host is not told that it has another name: %s', error,
                         instance_uuid=server_id)
            except Exception as error:
                LOG.warning('The host is not told that it has another name: %s: %s',
                            type(error).__name__, error, instance_uuid=server_id)

    def _tell(self, server_id: str) -> None:
        """Ask the server's host to refresh its metadata, if it has one."""
        context = nova_context.get_admin_context()
        mapping = objects.InstanceMapping.get_by_instance_uuid(context, server_id)
        if mapping.cell_mapping is None:
            return  # it is nowhere yet
        with nova_context.target_cell(context, mapping.cell_mapping) as in_cell:
            instance = objects.Instance.get_by_uuid(in_cell, server_id, expected_attrs=[])
            if instance.host:
                self._hosts.check_reachable(in_cell, instance.host)
                self._client().refresh_metadata(in_cell, instance.host, instance.uuid)

    def _client(self) -> rpcapi.ComputeAPI:
        if self._rpc is None:
            self._rpc = rpcapi.ComputeAPI(self._conf.nova_ext.rpc_timeout)
        return self._rpc
