# SPDX-License-Identifier: Apache-2.0
"""Nova's own API over databases of the test's own, and the filter in front of it."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import fixtures
import webob
from nova import exception as nova_exception
from nova.compute import api as compute_api

from tests.fixtures import configuration, nova_cloud, nova_records, rpc
from tests.unit import base, support

HEADER = 'OpenStack-API-Version'


@functools.cache
def get_nova_app() -> Any:
    """Return Nova's own application, whose two hundred controllers are the same for every test."""
    from nova.api.openstack.compute import routes

    return routes.APIRouterV21()


class TestCase(base.TestCase):
    """A test of :attr:`app`, the filter in front of :attr:`nova_app`, over :attr:`cloud`.

    The hosts answer with the uptime that is stored with them to Nova, which asks all of them
    before release 29.
    """

    def setUp(self) -> None:
        super().setUp()
        self.conf = self.useFixture(configuration.Configuration()).conf
        self.rpc = self.useFixture(rpc.Rpc(self.conf))
        self.cloud = self.useFixture(nova_cloud.NovaCloud(self.conf))
        self.nova_app = get_nova_app()
        #: The hosts that store no uptime: they do not answer.
        self.without_uptime: set[str] = set()
        self.get_host_uptime = self.useFixture(fixtures.MockPatchObject(
            compute_api.HostAPI, 'get_host_uptime', side_effect=self._answer_uptime)).mock

    def _answer_uptime(self, context: Any, host_name: str) -> str:
        if host_name in self.without_uptime:
            raise nova_exception.ComputeServiceUnavailable(host=host_name)
        return nova_records.UPTIME

    @functools.cached_property
    def app(self) -> Any:
        """The filter, made when it is first used."""
        return self.make_app()

    def make_app(self, **options: Any) -> Any:
        """Make the filter with some options of ``[nova_ext]``."""
        from nova_ext.api import filter as nova_ext_filter

        for name, value in options.items():
            self.conf.set_override(name, value, 'nova_ext')
        return nova_ext_filter.filter_factory({})(self.nova_app)

    def get(self, path: str, version: str | None = None, *, app: Any = None,
            context: Any = None, headers: dict[str, str] | None = None) -> webob.Response:
        """Request a path.

        :param version: value of the header ``OpenStack-API-Version``
        :param app: the application; None: the filter
        :param context: the caller; None: an administrator
        :param headers: others
        """
        request = webob.Request.blank(
            path, base_url='http://localhost/v2.1', headers=headers or {})
        if version is not None:
            request.headers[HEADER] = version
        request.environ['nova.context'] = context or support.admin()
        return request.get_response(app or self.app)

    def get_from_nova(self, path: str, version: str | None = None, *,
                      context: Any = None) -> webob.Response:
        """Request a path of Nova itself."""
        return self.get(path, version, app=self.nova_app, context=context)

    def get_json(self, path: str, version: str | None = None, *, app: Any = None,
                 context: Any = None) -> Any:
        """Request a path and return the body of the response, which is a success."""
        response = self.get(path, version, app=app, context=context)
        self.assertEqual(200, response.status_int, response.text)
        return response.json_body


class ServersTestCase(TestCase):
    """A test of ``host_status`` and ``host_maintenance`` of servers."""

    FIELDS = frozenset({'host_status', 'host_maintenance'})

    def list_servers(self, path: str, version: str, context: Any = None) -> list[dict[str, Any]]:
        """Return the servers in a list."""
        servers: list[dict[str, Any]] = self.get_json(path, version, context=context)['servers']
        return servers

    def list_ids(self, path: str, version: str, context: Any = None) -> list[str]:
        """Return the UUIDs of the servers in a list."""
        return [server['id'] for server in self.list_servers(path, version, context)]

    def show_servers(self, servers: Iterable[str], version: str,
                     context: Any = None) -> dict[str, dict[str, Any]]:
        """Return servers by their UUIDs, whose fields are the same in the list."""
        query = '?all_tenants=1' if context is None else ''
        listed = {server['id']: server for server in self.list_servers(
            f'/servers/detail{query}', version, context)}
        shown = {server: self.get_json(f'/servers/{server}', version, context=context)['server']
                 for server in servers}
        for uuid, server in shown.items():
            self.assertEqual(self._fields_of(server), self._fields_of(listed[uuid]))
        return shown

    def show_server(self, server: str, version: str, context: Any = None) -> dict[str, Any]:
        """Return a server, whose fields are the same in the list."""
        return self.show_servers([server], version, context)[server]

    def _fields_of(self, server: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in server.items() if name in self.FIELDS}


class HypervisorsTestCase(TestCase):
    """A test of ``/os-hypervisors``."""

    def list_names(self, path: str, version: str, *, app: Any = None) -> list[str]:
        """Return the hosts of the hypervisors in a list."""
        return self.names_of(self.get_json(path, version, app=app))

    def list_by_name(self, path: str, version: str, *, app: Any = None) -> dict[str, Any]:
        """Return the hypervisors in a list by their hosts."""
        body = self.get_json(path, version, app=app)
        return dict(zip(self.names_of(body), body['hypervisors']))

    @staticmethod
    def names_of(body: dict[str, Any]) -> list[str]:
        """Return the hosts of the hypervisors in the body of a response."""
        return [node['hypervisor_hostname'].partition('.')[0] for node in body['hypervisors']]


def hypervisors_in_every_state(cloud: nova_cloud.NovaCloud) -> None:
    """Add hosts in every state, in two cells."""
    cell = cloud.add_cell()
    cloud.add_hypervisor('up')
    cloud.add_hypervisor('disabled', disabled=True, disabled_reason='new disk')
    cloud.add_hypervisor('forced', forced_down=True)
    cloud.add_node('recordless')
    cloud.map_host('recordless')
    cloud.add_hypervisor('silent', silent=True, cell=cell)
    cloud.add_hypervisor('both', silent=True, disabled=True, cell=cell)
    cloud.add_hypervisor('unmapped', mapped=False, cell=cell)
    cloud.add_node('lost', cell=cell)
    cloud.add_node('gone', cell=cell, deleted=1)
