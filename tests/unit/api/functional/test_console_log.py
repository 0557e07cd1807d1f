# SPDX-License-Identifier: Apache-2.0
"""``GET /servers/{server_id}/console-log``: who may ask what of which host."""

from __future__ import annotations

import urllib.parse
import uuid
from typing import Any, Optional

import ddt
import hypothesis
import oslo_messaging
from hypothesis import strategies
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.compute import endpoints, rpcapi
from nova_ext.hosts import reachability
from nova_ext.virt import capabilities
from tests.unit.api.functional import base

V1_2 = 'compute 2.90, nova-ext 1.2'

PART = capabilities.LogPart(b'caf\xc3\xa9 \xff\x1b[0m\r\n', start=70, next=82, oldest=7)


class Driver:
    """Reads :data:`PART`, or raises."""

    def __init__(self) -> None:
        self.error: Optional[Exception] = None
        self.asked: list[tuple[str, int, int, int]] = []

    def read_console_log(
            self, instance: Any, start: int, limit: int, port: int = 0) -> capabilities.LogPart:
        self.asked.append((instance.uuid, start, limit, port))
        if self.error is not None:
            raise self.error
        return PART


class ConsoleLogTestCase(base.TestCase):
    """A server of :data:`support.PROJECT` on a host that answers by a :attr:`driver`."""

    def setUp(self) -> None:
        super().setUp()
        self.driver = Driver()
        self.host = f'host-{uuid.uuid4().hex[:8]}'
        self.cloud.add_host(self.host)
        self.server = self.cloud.add_server(self.host)

    def start(self, *present: Any) -> None:
        """Start the host's nova-compute."""
        from nova import rpc
        from nova.objects import base as nova_base
        from oslo_messaging.rpc import dispatcher

        server = oslo_messaging.get_rpc_server(
            rpc.TRANSPORT, oslo_messaging.Target(topic='compute', server=self.host),
            list(present or [endpoints.ConsoleLogEndpoint(self.driver)]), executor='threading',
            access_policy=dispatcher.DefaultRPCAccessPolicy,
            serializer=rpc.RequestContextSerializer(nova_base.NovaObjectSerializer()))
        server.start()
        self.addCleanup(server.wait)
        self.addCleanup(server.stop)

    def ask(self, query: str = '', *, version: str = V1_2, context: Any = None,
            server: Optional[str] = None) -> Any:
        return self.get(f'/servers/{server or self.server}/console-log{query}', version,
                        context=context)

    def read_error(self, response: Any, status: int) -> str:
        self.assertEqual(status, response.status_int, response.text)
        content, = response.json_body.values()
        return str(content['message'])


@ddt.ddt
class TestAnswer(ConsoleLogTestCase):
    def test_text_and_offsets_are_shown(self) -> None:
        self.start()
        response = self.ask('?start=-90&limit=5000')
        self.assertEqual(200, response.status_int, response.text)
        self.assertEqual({
            'text': 'café \N{REPLACEMENT CHARACTER}\x1b[0m\r\n', 'start': 70, 'next': 82,
            'oldest': 7}, response.json_body)
        self.assertEqual([(self.server, -90, 5000, 0)], self.driver.asked)

    @ddt.data(('', 0, 102400, 0), ('?start=5', 5, 102400, 0), ('?limit=1', 0, 1, 0),
              ('?limit=1048576&start=9007199254740991', 9007199254740991, 1048576, 0),
              ('?port=0', 0, 102400, 0), ('?port=3&start=-1', -1, 102400, 3))
    @ddt.unpack
    def test_parameters_have_defaults_and_bounds(
            self, query: str, start: int, limit: int, port: int) -> None:
        self.start()
        self.assertEqual(200, self.ask(query).status_int)
        self.assertEqual([(self.server, start, limit, port)], self.driver.asked)

    @ddt.data('nova-ext 1.0', 'compute 2.90, nova-ext 1.1', None)
    def test_path_is_unknown_to_older_versions_as_to_nova(self, version: Optional[str]) -> None:
        path = f'/servers/{self.server}/console-log'
        nova = self.get_from_nova(path, version and version.partition(',')[0].replace(
            'nova-ext 1.0', 'compute 2.1'))
        response = self.get(path, version)
        self.assertEqual((404, nova.text), (response.status_int, response.text))

    @ddt.data(('1.1', False), ('1.2', True))
    @ddt.unpack
    def test_discovery_names_it_in_versions_that_have_it(self, version: str, there: bool) -> None:
        body = self.get_json('/nova-ext', f'nova-ext {version}')
        self.assertIs(there, {'method': 'GET', 'path': '/servers/{server_id}/console-log'}
                      in body['operations'])


@ddt.ddt
class TestErrors(ConsoleLogTestCase):
    @ddt.data(
        '?start=', '?start=x', '?start=1.5', '?start=%2B5', '?start=1&start=2', '?start=--1',
        '?start=99999999999999999', '?start=1%0A', '?limit=0', '?limit=-1', '?limit=1048577',
        '?limit=99999999', '?limit=', '?limit=%D9%A3', '?start=null', '?port=4', '?port=-1',
        '?port=', '?port=x', '?port=1.0', '?port=01', '?port=1&port=1', '?port=%D9%A1', '?ports=1')
    def test_wrong_parameter_is_a_bad_request(self, query: str) -> None:
        message = self.read_error(self.ask(query), 400)
        self.assertNotIn('Traceback', message)
        self.assertEqual([], self.driver.asked)

    @hypothesis.settings(max_examples=60, deadline=None)
    @hypothesis.given(strategies.dictionaries(
        strategies.sampled_from(['start', 'limit', 'port', '']),
        strategies.one_of(strategies.text(max_size=20), strategies.integers().map(str)),
        max_size=3))
    def test_no_parameter_is_a_server_error(self, query: dict[str, str]) -> None:
        try:
            text = urllib.parse.urlencode(query)
        except UnicodeEncodeError:
            return
        self.patch(reachability.ComputeHosts, 'check_reachable', unreachable)
        self.assertIn(self.ask(f'?{text}').status_int, (400, 503))

    @ddt.data('0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1', 'nonsense')
    def test_unknown_server_is_not_found(self, server: str) -> None:
        self.assertIn(server, self.read_error(self.ask(server=server), 404))

    def test_server_without_a_host_is_a_conflict(self) -> None:
        self.server = self.cloud.add_server(None)
        self.assertIn('is on no compute host', self.read_error(self.ask(), 409))

    def test_host_that_is_down_is_unavailable(self) -> None:
        host = f'{self.host}-down'
        self.cloud.add_host(host, silent=True)
        self.server = self.cloud.add_server(host)
        self.assertIn(host, self.read_error(self.ask(), 503))

    def test_silent_host_is_unavailable_within_the_bound(self) -> None:
        self.app = self.make_app(rpc_timeout=1.0)
        self.assertIn('did not answer within 1 s', self.read_error(self.ask(), 503))

    def test_host_without_it_has_none_by_offset(self) -> None:
        self.start(object())
        self.assertIn('runs no nova-ext that serves', self.read_error(self.ask(), 404))

    @ddt.data((0, 200), (1, 404))
    @ddt.unpack
    def test_older_host_has_the_log_of_the_first_port_alone(self, port: int, status: int) -> None:
        endpoint: Any = endpoints.ConsoleLogEndpoint(self.driver)
        endpoint.target = oslo_messaging.Target(namespace=rpcapi.NAMESPACE, version='1.4')
        self.start(endpoint)
        response = self.ask(f'?port={port}')
        self.assertEqual(status, response.status_int, response.text)
        if port:
            self.assertIn('runs no nova-ext that serves', self.read_error(response, 404))

    def test_log_that_cannot_be_read_is_not_found_with_the_reason(self) -> None:
        self.driver.error = nova_exception.ConsoleNotAvailable('It is on its way.')
        self.start()
        self.assertEqual('It is on its way.', self.read_error(self.ask(), 404))

    def test_disk_that_hangs_is_unavailable(self) -> None:
        self.driver.error = exception.NotResponding('no answer from the disk')
        self.start()
        self.assertIn('no answer from the disk', self.read_error(self.ask(), 503))


def unreachable(*_: Any) -> None:
    """Fail instead of asking a host."""
    raise exception.ComputeHostUnavailable('host', 'the test is over')
