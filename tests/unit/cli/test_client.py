# SPDX-License-Identifier: Apache-2.0
"""What the client sends, and how it interprets the answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import ddt

from nova_ext.api import microversions
from nova_ext.cli import client, exceptions, versions
from tests.fixtures import fake_api
from tests.unit import base

#: The three calls, and the command that each error message recommends instead.
CALLS: dict[str, tuple[Callable[[client.Client], object], str]] = {
    'diagnostics': (
        lambda caller: caller.diagnostics('7'), 'openstack server show --diagnostics'),
    'servers': (lambda caller: caller.servers({}), 'openstack server list --long'),
    'hypervisors': (lambda caller: caller.hypervisors({}), 'openstack compute service list'),
}


def make_page(name: str, ids: str, *, more: bool) -> tuple[int, Any]:
    """Return a page of a list, with a link to another page if there are more."""
    body: dict[str, Any] = {name: [{'id': identity} for identity in ids], 'down_cells': {}}
    if more:
        body[f'{name}_links'] = [{'rel': 'next', 'href': 'http://inside.example/servers'}]
    return 200, body


class ClientTestCase(base.TestCase):
    """A client of an API."""

    def setUp(self) -> None:
        super().setUp()
        self.api = self.useFixture(fake_api.FakeApi())
        self.client = self.make_client()

    def make_client(self, timeout: float = 5, **options: Any) -> client.Client:
        return client.Client(self.api.make_adapter(**options), timeout=timeout)

    def sent_queries(self) -> list[dict[str, list[str]]]:
        """Return the queries of all requests but the one for discovery."""
        return [request.query for request in self.api.requests[1:]]


class TestVersionNumbers(base.TestCase):
    def test_client_knows_every_version_that_is_served(self) -> None:
        self.assertEqual(microversions.VERSIONS, list(versions.VERSIONS))

    def test_versions_are_compared_as_numbers(self) -> None:
        self.assertLess(versions.key('1.9'), versions.key('1.10'))
        self.assertLess(versions.key('1.10'), versions.key('2.0'))


@ddt.ddt
class TestNegotiation(ClientTestCase):
    @ddt.data(('1.0', '1.0', '1.0'), ('1.0', '1.1', '1.1'), ('1.0', '1.2', '1.2'),
              ('1.0', '1.10', '1.2'), ('1.1', '2.0', '1.2'))
    @ddt.unpack
    def test_newest_common_version_is_discovered_once(
            self, minimum: str, maximum: str, expected: str) -> None:
        self.api.serve(minimum, maximum)
        self.api.answers['/servers/7/diagnostics'] = [(200, {'state': 'running'})]
        self.assertEqual({'state': 'running'}, self.client.diagnostics('7'))
        self.assertEqual({'state': 'running'}, self.client.diagnostics('7'))
        self.assertEqual(
            [('/nova-ext', {}, 'compute 2.88, nova-ext latest'),
             *[('/servers/7/diagnostics', {}, f'compute 2.88, nova-ext {expected}')] * 2],
            self.api.requests)

    def test_no_common_version_raises(self) -> None:
        self.api.serve('1.3', '1.4')
        with self.assert_raises(
                exceptions.NotServed,
                r'^This cloud serves nova-ext 1\.3 to 1\.4, this client knows 1\.0 to 1\.2: '
                r'install the client of the newer one\.$'):
            self.client.diagnostics('7')

    def test_compute_version_of_the_adapter_is_sent(self) -> None:
        self.api.answers['/servers/7/diagnostics'] = [(200, {})]
        self.make_client(default_microversion='2.53').diagnostics('7')
        self.assertEqual('compute 2.53, nova-ext 1.2', self.api.requests[-1].version)

    def test_option_that_needs_a_newer_version_raises(self) -> None:
        self.api.serve('1.0', '1.0')
        with self.assert_raises(exceptions.NotServed) as caught:
            self.client.servers({'host_status': ['UP']})
        self.assertEqual('--host-status needs nova-ext 1.1; this cloud serves it up to 1.0.',
                         str(caught.exception))
        with self.assert_raises(exceptions.NotServed, r'^--state needs nova-ext 1\.1;'):
            self.client.hypervisors({'state': 'up'})

    def test_option_that_is_not_used_needs_no_newer_version(self) -> None:
        self.api.serve('1.0', '1.0')
        self.api.answers['/os-hypervisors/detail'] = [make_page('hypervisors', 'a', more=False)]
        self.assertEqual(([{'id': 'a'}], {}), self.client.hypervisors({'state': None}))


class TestPages(ClientTestCase):
    def test_next_page_is_requested_by_marker_with_the_same_query(self) -> None:
        self.api.answers['/servers/detail'] = [
            make_page('servers', 'ab', more=True), make_page('servers', 'cd', more=True),
            make_page('servers', '', more=True)]  # an empty page ends the list despite its link
        found, _ = self.client.servers({'host_status': ['UP', 'DOWN'], 'all_tenants': 0})
        self.assertEqual(['a', 'b', 'c', 'd'], [server['id'] for server in found])
        query = {'host_status': ['UP', 'DOWN']}
        self.assertEqual([query, {**query, 'marker': ['b']}, {**query, 'marker': ['d']}],
                         self.sent_queries())

    def test_limit_above_the_page_size_is_reached_over_several_pages(self) -> None:
        self.api.answers['/servers/detail'] = [
            make_page('servers', 'ab', more=True), make_page('servers', 'c', more=True)]
        found, _ = self.client.servers({}, 3)
        self.assertEqual(['a', 'b', 'c'], [server['id'] for server in found])
        self.assertEqual([{'limit': ['3']}, {'limit': ['1'], 'marker': ['b']}],
                         self.sent_queries())

    def make_pages(self, name: str, *down_cells: Any) -> list[tuple[int, Any]]:
        """Return two pages, each without some cells."""
        return [(200, {**make_page(name, ids, more=ids == 'a')[1], 'down_cells': down})
                for ids, down in zip('ab', down_cells)]

    def test_down_cells_of_all_pages_are_returned(self) -> None:
        pages = ({'c2': 'cell2'}, {'c2': 'cell2', 'c3': ''})
        self.api.answers['/os-hypervisors/detail'] = self.make_pages('hypervisors', *pages)
        self.api.answers['/servers/detail'] = self.make_pages('servers', *pages)
        expected = [{'id': 'a'}, {'id': 'b'}], {'c2': 'cell2', 'c3': ''}
        self.assertEqual(expected, self.client.hypervisors({}))
        self.assertEqual(expected, self.client.servers({}))

    def test_down_cells_may_be_a_list_or_missing(self) -> None:
        """A list is what an API sends that is older than the client."""
        self.api.answers['/os-hypervisors/detail'] = self.make_pages(
            'hypervisors', [{'uuid': 'c2', 'name': 'cell2'}, {'uuid': 'c3', 'name': None}], [])
        _, down = self.client.hypervisors({})
        self.assertEqual({'c2': 'cell2', 'c3': ''}, down)
        self.api.answers['/servers/detail'] = [(200, {'servers': []})]
        self.assertEqual(([], {}), self.client.servers({}))


@ddt.ddt
class TestErrors(ClientTestCase):
    @ddt.data(*CALLS)
    def test_operation_that_is_not_enabled_raises(self, name: str) -> None:
        call, instead = CALLS[name]
        self.api.serve(operations=())
        with self.assert_raises(exceptions.NotServed) as caught:
            call(self.client)
        self.assertIn('enabled_controllers', str(caught.exception))
        self.assertIn(f'`{instead}`', str(caught.exception))

    @ddt.data(*CALLS)
    def test_cloud_without_nova_ext_raises(self, name: str) -> None:
        call, instead = CALLS[name]
        self.api.answers = {}
        with self.assert_raises(exceptions.NotServed, '^This cloud has no nova-ext: ') as caught:
            call(self.client)
        self.assertIn(f'`{instead}`', str(caught.exception))
        self.assertFalse(caught.exception.temporary)

    @ddt.data(
        (403, {'forbidden': {'message': "Policy doesn't allow nova_ext:x."}}, False,
         "Policy doesn't allow nova_ext:x. (HTTP 403)"),
        (404, {'itemNotFound': {'message': 'Instance 7\ncould not be found.'}}, False,
         'Instance 7 could not be found. (HTTP 404)'),
        (503, {'serviceUnavailable': {'message': 'stack2 is down.'}}, True,
         'stack2 is down. (HTTP 503)'),
        (409, {'conflict': {'message': 'On no host.'}}, True, 'On no host. (HTTP 409)'),
        (502, b'<html>a proxy</html>', True, 'Bad Gateway (HTTP 502)'),
        (500, [], True, 'Internal Server Error (HTTP 500)'))
    @ddt.unpack
    def test_error_has_the_message_of_the_api(
            self, status: int, body: Any, temporary: bool, message: str) -> None:
        self.api.answers['/servers/7/diagnostics'] = [(status, body)]
        with self.assert_raises(exceptions.Refused) as caught:
            self.client.diagnostics('7')
        self.assertTrue(str(caught.exception).endswith(message), caught.exception)
        self.assertEqual(
            (status, temporary), (caught.exception.status, caught.exception.temporary))

    def test_refused_connection_raises_temporary_error(self) -> None:
        self.api.stop()
        with self.assert_raises(
                exceptions.NoAnswer, 'Unable to establish connection') as caught:
            self.client.diagnostics('7')
        self.assertTrue(caught.exception.temporary)
        self.assertNotIn('\n', str(caught.exception))

    def test_silent_api_raises_after_the_timeout(self) -> None:
        self.api.be_silent()
        began = time.monotonic()
        with self.assert_raises(exceptions.NoAnswer, 'timed out'):
            self.make_client(timeout=0.1).diagnostics('7')
        self.assertLess(time.monotonic() - began, 1.5)
