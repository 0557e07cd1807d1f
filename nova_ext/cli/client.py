# SPDX-License-Identifier: Apache-2.0
"""The calls of nova-ext's API, over any keystoneauth adapter for compute."""

from __future__ import annotations

import re
import uuid
from typing import Optional

from keystoneauth1 import adapter as ksa_adapter

from nova_ext.cli import exceptions, pages, transport, versions

#: Seconds to wait for an answer; nova-ext itself waits 10 for a compute host.
TIMEOUT = 60

DIAGNOSTICS = '/servers/{server_id}/diagnostics'
SERVERS = '/servers/detail'
HYPERVISORS = '/os-hypervisors/detail'
HYPERVISOR_DIAGNOSTICS = '/os-hypervisors/{hypervisor_id}/diagnostics'
CONSOLE_LOG = '/servers/{server_id}/console-log'

#: What may be missing where nova-ext is, and what Nova itself has in its place.
_CONTROLLERS = {
    DIAGNOSTICS: ('diagnostics', 'openstack server show --diagnostics'),
    SERVERS: ('host_status', 'openstack server list --long'),
    HYPERVISORS: ('hypervisors', 'openstack compute service list'),
    HYPERVISOR_DIAGNOSTICS: (
        'host_diagnostics', 'openstack server list --all-projects --host <host>'),
    CONSOLE_LOG: ('console_log', 'openstack console log show'),
}

Body = transport.Body

DownCells = pages.DownCells

#: The version that an operation came with, where that is not the first.
_SINCE = {HYPERVISOR_DIAGNOSTICS: '1.2'}


class Client:
    """Negotiates once, then asks."""

    def __init__(self, adapter: ksa_adapter.Adapter, timeout: float = TIMEOUT) -> None:
        """Prepare; nothing is asked before the first call.

        :param adapter: its ``default_microversion`` is the compute version, where it has one
        :param timeout: seconds to wait for each answer
        """
        #: Asks Nova, too.
        self.transport = transport.Transport(adapter, timeout)
        self._found: Optional[Body] = None

    def diagnostics(self, server_id: str) -> Body:
        """What is known about a server now.

        :raises nova_ext.cli.exceptions.ClientError: the API does not tell
        """
        version = self.negotiate(DIAGNOSTICS)
        return self.transport.get(DIAGNOSTICS.format(server_id=server_id), version)

    def find_server(self, name_or_id: str, *, all_projects: bool = False) -> Body:
        """A server as Nova shows it, with ``id`` and, unless its cell is down, ``name``.

        :param all_projects: look for the name in all of them, which administrators may
        :raises nova_ext.cli.exceptions.ClientError: there is none, or more than one
        """
        if _is_uuid(name_or_id):
            try:
                return dict(self.transport.get(f'/servers/{name_or_id}', None)['server'])
            except exceptions.Refused as error:
                if error.status != 404:
                    raise
        # Nova looks for a regular expression and, depending on its database, in any case.
        found, _ = self._read_all('/servers', 'servers', None, {
            'name': f'^{re.escape(name_or_id)}$', 'all_tenants': int(all_projects)})
        same = [server for server in found if server.get('name') == name_or_id]
        if len(same) != 1:
            # Those in a cell that is down have no name.
            nameless = any('name' not in server for server in found)
            raise exceptions.NoSuchServer(name_or_id, len(same), () if nameless else None)
        return same[0]

    def servers(
            self, query: Body, limit: Optional[int] = None) -> tuple[list[Body], DownCells]:
        """Servers with the status of their hosts, and the cells that did not answer.

        :param query: as the API takes it; values may be lists
        :param limit: how many at most; None: all
        :raises nova_ext.cli.exceptions.ClientError: the API does not tell
        """
        version = self.negotiate(SERVERS)
        if query.get('host_status'):
            versions.check('--host-status', '1.1', version)
        return self._read_all(SERVERS, 'servers', version, query, limit)

    def hypervisors(self, query: Body) -> tuple[list[Body], DownCells]:
        """All hypervisors that match the query, and the cells that did not answer.

        :param query: as the API takes it; values may be lists
        :raises nova_ext.cli.exceptions.ClientError: the API does not tell
        """
        version = self.negotiate(HYPERVISORS)
        for name, values in query.items():
            if values:
                needed = '1.1' if name in ('state', 'status') else '1.2'
                versions.check(f'--{name.replace("_", "-")}', needed, version)
        return self._read_all(HYPERVISORS, 'hypervisors', version, query)

    def require(self, what: str, needed: str) -> None:
        """Return when this cloud's nova-ext is not too old for something that it only reads.

        :param what: the command
        :param needed: the version with which nova-ext came to read it
        :raises nova_ext.cli.exceptions.NotServed: it is older, or not there
        """
        self._found = self._found or self._discover('openstack aggregate list --long')
        versions.check(what, needed, self._found['version']['max_version'])

    def find_hypervisor(self, name_or_id: str) -> Body:
        """A hypervisor, by its ID, its hostname or the name of its host.

        :raises nova_ext.cli.exceptions.ClientError: there is none, or more than one
        """
        found, down = self.hypervisors({})
        for name in (lambda one: str(one['id']), lambda one: one['hypervisor_hostname'],
                     lambda one: (one.get('service') or {}).get('host')):
            same = [one for one in found if name(one) == name_or_id]
            if len(same) == 1:
                return same[0]
            if same:
                raise exceptions.NoSuchHypervisor(name_or_id, len(same))
        raise exceptions.NoSuchHypervisor(name_or_id, 0, list(down.values()) or None)

    def hypervisor_diagnostics(self, hypervisor_id: object) -> Body:
        """What is known now about every server on the host of a hypervisor, and of its failures.

        :returns: all pages as one: ``diagnostics``, and ``host_failures`` by the host's name
        :raises nova_ext.cli.exceptions.ClientError: the API does not tell
        """
        version = self.negotiate(HYPERVISOR_DIAGNOSTICS)
        path = HYPERVISOR_DIAGNOSTICS.format(hypervisor_id=hypervisor_id)
        whole: Body = {'diagnostics': [], 'host_failures': {}}
        for page in pages.each(lambda asked: self.transport.get(path, version, asked),
                               'diagnostics', {}, identity='server_id'):
            whole['diagnostics'] += page['diagnostics']
            whole['host_failures'].update(page.get('host_failures', {}))
        return whole

    def negotiate(self, path: str) -> str:
        """The version in which an operation is asked for.

        :param path: the operation's, as discovery names it
        :raises nova_ext.cli.exceptions.NotServed: this cloud does not serve it
        """
        controller, instead = _CONTROLLERS[path]
        if self._found is None:
            self._found = self._discover(instead)
        served = self._found['version']
        version = versions.choose(served['min_version'], served['max_version'])
        versions.check(f'GET {path}', _SINCE.get(path, versions.VERSIONS[0]), version)
        if {'method': 'GET', 'path': path} not in self._found['operations']:
            raise exceptions.NotServed(
                f"This cloud's nova-ext does not serve GET {path}: its operator has left "
                f"{controller} out of [nova_ext] enabled_controllers. See `{instead}` for "
                'what Nova tells.')
        return version

    def _read_all(
            self, path: str, name: str, version: Optional[str], query: Body,
            limit: Optional[int] = None) -> tuple[list[Body], DownCells]:
        return pages.read_all(
            lambda asked: self.transport.get(path, version, asked), name, query, limit,
            identity='id')

    def _discover(self, instead: str) -> Body:
        """The discovery document."""
        try:
            return self.transport.get('/nova-ext', 'latest')
        except exceptions.Refused as error:
            if error.status != 404:
                raise
            raise exceptions.NotServed(
                'This cloud has no nova-ext: its compute API does not know /nova-ext. Ask its '
                f'operator to install it, or see `{instead}` for what Nova tells.') from error


def disabled_reason(hypervisor: Body) -> Optional[str]:
    """Why a hypervisor is disabled; one that has lost its service record has no service."""
    service: Body = hypervisor.get('service') or {}
    return service.get('disabled_reason')


def _is_uuid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False
