# SPDX-License-Identifier: Apache-2.0
"""The commands for maintenance, over Nova's own API."""

from __future__ import annotations

import csv
import io
import types
from typing import Any
from unittest import mock

import fixtures
import webob
from keystoneauth1 import adapter, session, token_endpoint
from nova.compute import api as compute_api

from nova_ext.cli import exceptions
from nova_ext.cli.hypervisor_maintenance import (
    ListHypervisorMaintenance,
    SetHypervisorMaintenance,
    UnsetHypervisorMaintenance,
)
from tests.fixtures import loopback
from tests.unit import base, support

START, END = '2036-12-01T02:00:00Z', '2036-12-01T06:00:00Z'

#: The same as arguments.
WINDOW = ('--start', '2036-12-01T03:00+01:00', '--end', '2036-12-01T06:00Z')

#: The aggregate of the host ``a``.
NAME = 'nova-ext-maintenance-a'


class MaintenanceTestCase(base.TestCase):
    """A cloud with the hosts ``a``, ``b`` and ``c``."""

    def setUp(self) -> None:
        super().setUp()
        self.cloud = self.useFixture(loopback.LoopbackCloud())
        for name in ('placement_client', 'query_client'):
            self.useFixture(fixtures.MockPatchObject(
                compute_api.AggregateAPI, name, mock.Mock(), create=True))
        for host in ('a', 'b', 'c'):
            self.cloud.nova.add_hypervisor(host)
        self.cloud.nova.load_cells()

    def run_command(self, command: Any, *arguments: str, user: str = 'admin') -> str:
        """Run a command and return what it prints."""
        compute = adapter.Adapter(
            session.Session(auth=token_endpoint.Token(self.cloud.compute_url, user)),
            service_type='compute', endpoint_override=self.cloud.compute_url)
        app = types.SimpleNamespace(
            stdout=io.StringIO(), stderr=io.StringIO(),
            client_manager=types.SimpleNamespace(
                sdk_connection=types.SimpleNamespace(compute=compute)))
        one = command(app, None)
        self.assertEqual(0, one.run(one.get_parser('openstack').parse_args(arguments)) or 0)
        return str(app.stdout.getvalue())

    def announce(self, host: str, *arguments: str) -> None:
        """Set maintenance."""
        self.run_command(SetHypervisorMaintenance, host, *(arguments or WINDOW))

    def take_back(self, host: str) -> None:
        """Unset it."""
        self.run_command(UnsetHypervisorMaintenance, host)

    def refusal(self, command: Any, *arguments: str, user: str = 'admin') -> str:
        """Return why a command fails."""
        with self.assert_raises(exceptions.ClientError) as caught:
            self.run_command(command, *arguments, user=user)
        return str(caught.exception)

    def rows(self) -> list[dict[str, str]]:
        """Return what is listed."""
        return list(csv.DictReader(io.StringIO(
            self.run_command(ListHypervisorMaintenance, '-f', 'csv'))))

    def aggregates(self) -> dict[str, tuple[list[str], dict[str, str]]]:
        """Return the hosts and the metadata of each aggregate by its name."""
        request = webob.Request.blank('/os-aggregates', base_url='http://localhost/v2.1')
        request.environ['nova.context'] = support.admin()
        found = request.get_response(self.cloud.stock_app).json_body['aggregates']
        return {one['name']: (one['hosts'], one['metadata']) for one in found}

    def shown(self) -> dict[str, Any]:
        """Return the maintenance of each host as nova-ext's API shows it."""
        request = webob.Request.blank('/os-hypervisors', base_url='http://localhost/v2.1')
        request.headers['OpenStack-API-Version'] = 'compute 2.53, nova-ext 1.2'
        request.environ['nova.context'] = support.admin()
        found = request.get_response(self.cloud.app).json_body['hypervisors']
        return {one['service']['host']: one['maintenance'] for one in found
                if one['maintenance'] is not None}

    def refuse_in_nova(self, *actions: str) -> None:
        """Have Nova fail when it is asked for one of these."""
        def app(environ: dict[str, Any], start_response: Any) -> Any:
            body = environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
            if any(action.encode() in body or environ['REQUEST_METHOD'] == action
                   for action in actions):
                start_response('500 Error', [('Content-Type', 'application/json')])
                return [b'{"computeFault": {"message": "Nova is broken."}}']
            environ['wsgi.input'] = io.BytesIO(body)
            return nova_ext(environ, start_response)

        nova_ext, self.cloud.app = self.cloud.app, app
        self.addCleanup(setattr, self.cloud, 'app', nova_ext)
