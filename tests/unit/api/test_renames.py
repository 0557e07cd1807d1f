# SPDX-License-Identifier: Apache-2.0
"""Hosts that are notified of renamed servers."""

from __future__ import annotations

import itertools
import logging
import uuid
from typing import Any

import ddt
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.api import filter as nova_ext_filter
from nova_ext.api import renames, router
from nova_ext.compute import rpcapi
from nova_ext.concurrency import expiring
from tests.fixtures import clock, configuration, rpc
from tests.unit import base
from tests.unit.api.renames_cloud import STOP, FakeCloud

SERVER = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'
PROJECT = 'a' * 32

UNCHANGED = (('200 OK', [('X', '1')]), [b'stock'])


@ddt.ddt
class TestRenames(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        conf = self.useFixture(configuration.Configuration()).conf
        self.useFixture(rpc.Rpc(conf))
        self.cloud = self.useFixture(FakeCloud())
        self.renames = renames.Renames(rpcapi.ComputeAPI(5))
        self.addCleanup(self.finish)

    def finish(self) -> None:
        """Wait until the hosts of all servers so far are notified, and end the thread."""
        self.cloud.may_answer.set()
        worker = self.renames._worker
        if worker is not None and not worker.done():
            with self.renames._changed:
                self.renames._waiting[STOP] = None
                self.renames._changed.notify_all()
            worker.exception(5)

    def send(self, path: str = f'/servers/{SERVER}', method: str = 'PUT',
             status: str = '200 OK', **environ: Any) -> tuple[Any, ...]:
        """Return what a client receives when Nova answers with that status."""
        started: list[Any] = []

        def stock(environ: Any, start_response: Any) -> list[bytes]:
            start_response(status, [('X', '1')])
            return [b'stock']

        app = nova_ext_filter.Filter(stock, router.Router([]), None, self.renames)
        body = app({'REQUEST_METHOD': method, 'PATH_INFO': path, 'wsgi.url_scheme': 'http',
                    'SERVER_NAME': 'nova', 'SERVER_PORT': '80', **environ},
                   lambda *arguments: started.append(arguments))
        return (*started, list(body))

    @ddt.data(*itertools.product(
        (f'/servers/{SERVER}', f'/{PROJECT}/servers/{SERVER}', f'/servers/{SERVER}/'),
        ({}, {'HTTP_OPENSTACK_API_VERSION': 'nova-ext 1.0'}, {'openstack.legacy_v2': True})))
    @ddt.unpack
    def test_host_of_renamed_server_is_notified(self, path: str, environ: dict[str, Any]) -> None:
        answer = self.send(path, **environ)
        self.assertEqual([b'stock'], answer[-1])
        self.finish()
        self.assertEqual([('in cell1', 'host1', SERVER)], self.cloud.notified)

    @ddt.data(
        (f'/servers/{SERVER}', 'GET', '200 OK'), (f'/servers/{SERVER}', 'PUT', '404 Not Found'),
        (f'/servers/{SERVER}', 'PUT', '500 Error'),
        (f'/servers/{SERVER}/metadata', 'PUT', '200 OK'), ('/servers/detail', 'PUT', '200 OK'),
        (f'/os-services/{SERVER}', 'PUT', '200 OK'),
        (f'/servers/{SERVER}/os-volume_attachments/{SERVER}', 'PUT', '200 OK'))
    @ddt.unpack
    def test_no_host_is_notified_of_other_requests(
            self, path: str, method: str, status: str) -> None:
        self.assertEqual(status, self.send(path, method, status)[0][0])
        self.assertIsNone(self.renames._worker)

    def test_client_does_not_wait_for_the_host(self) -> None:
        self.cloud.may_answer.clear()
        self.assertEqual(UNCHANGED, self.send())
        self.assertEqual(UNCHANGED, self.send())
        self.assertEqual([], self.cloud.notified)
        self.finish()
        self.assertIn(('in cell1', 'host1', SERVER), self.cloud.notified)

    @ddt.data(
        exception.ComputeHostUnavailable('host1', 'it is down'), RuntimeError('anything'),
        nova_exception.InstanceNotFound(instance_id=SERVER))
    def test_failure_is_logged_and_the_next_host_is_notified(self, error: Exception) -> None:
        self.cloud.error = error
        self.assertEqual(UNCHANGED, self.send())
        self.assertEqual(UNCHANGED, self.send(f'/servers/{uuid.uuid4()}'))
        self.finish()
        self.assertEqual(1, len(self.cloud.notified))
        self.assertIn('Failed to notify host of server rename', self.logs.text)

    @ddt.data('unscheduled', 'unmapped')
    def test_server_without_host_or_cell_is_skipped(self, condition: str) -> None:
        getattr(self.cloud, condition).add(SERVER)
        other = str(uuid.uuid4())
        self.send()
        self.send(f'/servers/{other}')
        self.finish()
        self.assertEqual([('in cell1', 'host1', other)], self.cloud.notified)

    def block_the_worker(self) -> None:
        """Have the thread wait for the host of a server of its own."""
        self.cloud.may_answer.clear()
        self.send(f'/servers/{uuid.uuid4()}')
        self.assert_eventually(lambda: not self.renames._waiting)

    def test_rename_is_dropped_and_logged_when_too_many_are_waiting(self) -> None:
        self.patch(renames, '_WAITING', 1)
        self.block_the_worker()
        for _ in range(3):
            self.assertEqual(UNCHANGED, self.send(f'/servers/{uuid.uuid4()}'))
        dropped = [message for message in self.logs.messages(logging.WARNING)
                   if '1 others are waiting' in message]
        self.assertEqual(2, len(dropped))
        self.finish()
        self.assertEqual(2, len(self.cloud.notified))

    def test_server_renamed_repeatedly_waits_once(self) -> None:
        self.patch(renames, '_WAITING', 1)
        self.block_the_worker()
        for _ in range(50):
            self.send()
        self.finish()
        self.assertEqual([], self.logs.messages(logging.WARNING))
        self.assertEqual(2, len(self.cloud.notified))

    def test_host_that_did_not_answer_is_not_waited_for_again(self) -> None:
        time = self.useFixture(clock.Clock(expiring))
        self.cloud.silent_hosts.add('host1')
        for _ in range(3):
            self.send(f'/servers/{uuid.uuid4()}')
        self.finish()
        self.assertEqual(1, self.cloud.timeouts)
        self.assertIn('it did not answer a short time ago', self.logs.text)
        time.now += renames._SILENT_HOST_TTL + 1
        self.cloud.silent_hosts.clear()
        self.send()
        self.finish()
        self.assertEqual([('in cell1', 'host1', SERVER)], self.cloud.notified)
