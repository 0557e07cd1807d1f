# SPDX-License-Identifier: Apache-2.0
"""What clients rely on that know the form of Nova's answers, and nothing of nova-ext.

Their pagers take any list beside the links for the collection, and they fail on a value of
another type than Nova's, null among them. What the types are is in Nova's own schemas.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

import ddt
import jsonschema
from nova.api.openstack import api_version_request
from nova.api.openstack.compute import hypervisors as nova_hypervisors

from nova_ext.api import microversions
from sandbox import settings
from tests.fixtures import nova_cloud
from tests.unit import base as unit_base
from tests.unit.api.functional import base

#: Compute versions that changed the form of hypervisors, and the newest.
COMPUTE = ('2.1', '2.28', '2.33', '2.53', '2.75', '2.88', '2.100')

#: What nova-ext adds to Nova's representation of a hypervisor and of a server.
ADDED = {
    'hypervisors': {'forced_down', 'last_seen_up', 'maintenance', 'missing_records'},
    'servers': {
        'host_status', 'host_maintenance', 'host_status_reason', 'host_status_since'}}

CELL_TIMEOUT = 0.2


def list_collections(body: dict[str, Any]) -> list[str]:
    """Return what a pager may take for the collection in an answer."""
    return [name for name, value in body.items()
            if isinstance(value, list) and not name.endswith('links')]


def get_schema(operation: Any, compute: str) -> dict[str, Any]:
    """Return Nova's schema of an operation's answer in a compute version.

    :param operation: a method of one of Nova's controllers
    """
    version = api_version_request.APIVersionRequest(compute)
    [found] = [
        schema for schema, low, high in operation.response_body_schemas._schemas
        if version.matches(low, high)]
    return dict(found)


def strip_additions(body: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what nova-ext adds."""
    stripped = copy.deepcopy(body)
    stripped.pop('down_cells', None)
    for name, added in ADDED.items():
        single = stripped.get(name.removesuffix('s'))
        for one in [single] if single else stripped.get(name, ()):
            for field in added:
                one.pop(field, None)
    return stripped


def list_problems(body: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    """Yield what is not as in a schema of Nova's."""
    for error in jsonschema.Draft202012Validator(schema).iter_errors(body):
        # Nova leaves out hypervisors that have lost their service record.
        if error.validator == 'required' and error.message.split("'")[1] in ('service', 'status'):
            continue
        yield f'{error.json_path}: {error.message}'


def cloud_in_every_state(cloud: nova_cloud.NovaCloud) -> dict[str, str]:
    """Add hypervisors and servers in every state, and return a server of each kind."""
    base.hypervisors_in_every_state(cloud)
    cloud.announce('2099-12-01T02:00Z/2099-12-01T06:00Z', 'up')
    servers = {host: cloud.add_server(host) for host in ('up', 'disabled', 'forced', 'recordless')}
    servers['silent'] = cloud.add_server('silent', cell='cell2')
    servers['nowhere'] = cloud.add_server(None, cell='cell0', vm_state='error', power_state=0)
    return servers


class TestSamples(unit_base.TestCase):
    def test_samples_of_lists_have_one_list(self) -> None:
        paths = sorted((settings.CHECKOUT / 'api_ref/samples').glob('*-resp.json'))
        found = {path.name.removesuffix('-resp.json'): list_collections(json.loads(
            path.read_text())) for path in paths}
        self.assertEqual({
            'console-log-show': [], 'discovery-show': ['operations'], 'error': [],
            'host-status-detail': ['servers'], 'host-status-show': [],
            'hypervisors-detail': ['hypervisors'], 'hypervisors-list': ['hypervisors'],
            'host-diagnostics-list': ['diagnostics'], 'host-diagnostics-show': ['diagnostics'],
            'hypervisors-show': []}, {
                name: lists for name, lists in found.items()
                if not name.startswith('diagnostics-')})  # no list, and Nova's own keys


@ddt.ddt
class TestAnswers(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.servers = self.cloud.fill(cloud_in_every_state)
        self.cloud.load_cells()
        self.app = self.make_app(serve_stock_hypervisors=True)

    def check(self, path: str, version: str, collections: Iterable[str]) -> dict[str, Any]:
        """Return an answer, which has only these lists."""
        body: dict[str, Any] = self.get_json(path, version)
        self.assertEqual(list(collections), list_collections(body), f'{path} {version}')
        return body

    def versions(self, compute: str) -> Iterator[str]:
        """Yield the headers of requests without nova-ext, and with each of its versions."""
        yield f'compute {compute}'
        for nova_ext in microversions.VERSIONS:
            yield f'compute {compute}, nova-ext {nova_ext}'

    @ddt.data(*COMPUTE)
    def test_hypervisors_have_the_types_of_nova(self, compute: str) -> None:
        controller = nova_hypervisors.HypervisorsController
        for version in self.versions(compute):
            for path, operation in (
                    ('/os-hypervisors', controller.index),
                    ('/os-hypervisors?limit=1', controller.index),
                    ('/os-hypervisors/detail', controller.detail),
                    ('/os-hypervisors/detail?limit=2', controller.detail)):
                body = self.check(path, version, ['hypervisors'])
                if operation is controller.index:  # which has no service in Nova
                    for node in body['hypervisors']:
                        self.assertIsNotNone(node.pop('service', {}))
                self.assert_types(body, operation, compute)
            for node in self.get_json('/os-hypervisors', version)['hypervisors']:
                shown = self.check(f'/os-hypervisors/{node["id"]}', version, [])
                self.assert_types(shown, controller.show, compute)

    def assert_types(self, body: dict[str, Any], operation: Any, compute: str) -> None:
        """Assert that every value is as in Nova's schema."""
        found = list_problems(strip_additions(body), get_schema(operation, compute))
        self.assertEqual([], list(found))

    @ddt.data('2.1', '2.53', '2.69', '2.100')
    def test_servers_are_those_of_nova_with_added_fields(self, compute: str) -> None:
        paths = (
            '/servers?all_tenants=1', '/servers/detail?all_tenants=1',
            '/servers/detail?all_tenants=1&limit=2',
            *(f'/servers/{server}' for server in self.servers.values()))
        for path, version in itertools.product(paths, self.versions(compute)):
            found = self.check(path, version, ['servers'] if '?' in path else [])
            expected = self.get_from_nova(path, f'compute {compute}').json_body
            self.assertEqual(strip_additions(expected), strip_additions(found))

    @ddt.data('2.1', '2.53', '2.69', '2.100')
    def test_lists_without_a_cell_have_one_list(self, compute: str) -> None:
        self.app = self.make_app(serve_stock_hypervisors=True, cell_timeout=CELL_TIMEOUT)
        with self.cloud.hanging('cell2', for_nova=False):
            for nova_ext in microversions.VERSIONS:
                version = f'compute {compute}, nova-ext {nova_ext}'
                for path in ('/os-hypervisors', '/os-hypervisors/detail'):
                    self.assertTrue(self.check(path, version, ['hypervisors'])['down_cells'])
                for path in ('/servers/detail?all_tenants=1', *(
                        ['/servers?all_tenants=1&host_status=UNKNOWN']
                        if nova_ext != '1.0' else [])):
                    body = self.check(path, version, ['servers'])
                    self.assertTrue(body['down_cells'], f'{path} {version}')
