# SPDX-License-Identifier: Apache-2.0
"""Requests for the diagnostics of many servers, to hosts with and without nova-ext."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Optional

import ddt
import oslo_messaging as messaging
from nova import exception as nova_exception
from oslo_serialization import jsonutils

from nova_ext import exception
from nova_ext.compute import calling, host_diagnostics, rpcapi
from nova_ext.concurrency import expiring
from nova_ext.objects import diagnostics
from nova_ext.virt import capabilities
from tests.fixtures import clock, threads
from tests.unit import base as unit_base
from tests.unit import support
from tests.unit.compute import base


def make_uuids(number: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(number)]


@ddt.ddt
class TestHostDiagnostics(base.RpcApiTestCase):
    def ask(
            self, uuids: Sequence[str],
            seconds: float = 5) -> Optional[host_diagnostics.HostReport]:
        """Ask the host about some servers."""
        return self.api.get_host_diagnostics(
            self.context, self.instance.host, uuids, time.monotonic() + seconds)

    def ask_servers(self, uuids: Sequence[str]) -> host_diagnostics.Answers:
        """Return what the host tells about some servers."""
        told = self.ask(uuids)
        return {} if told is None else told.servers

    def test_host_answers_for_each_server(self) -> None:
        self.start_host(self.nova, self.plugin)
        uuids = make_uuids(3)
        servers, failures = self.ask(uuids) or ({}, {})
        self.assertEqual([uuids], self.plugin.calls)
        self.assertEqual(base.FAILURES, failures)
        self.assertEqual(uuids, list(servers))
        for one in servers.values():
            self.assertIs(True, one.responding)
            self.assertEqual(base.ANSWERED, support.values(one.diagnostics))

    def test_no_message_is_about_more_servers_than_the_limit(self) -> None:
        self.start_host(self.nova, self.plugin)
        uuids = make_uuids(2 * host_diagnostics.MAX_SERVERS + 1)
        found = self.ask_servers(uuids)
        self.assertEqual(set(uuids), set(found))
        self.assertEqual(
            [host_diagnostics.MAX_SERVERS] * 2 + [1], [len(call) for call in self.plugin.calls])

    def test_host_that_no_thread_can_call_is_unavailable(self) -> None:
        self.start_host(self.nova, self.plugin)
        self.useFixture(threads.NoThreads(['call-']))
        with self.assert_raises(exception.ComputeHostUnavailable, threads.REASON):
            self.ask(make_uuids(1))

    def test_host_is_asked_what_has_failed_though_there_is_no_server(self) -> None:
        self.start_host(self.nova, self.plugin)
        self.assertEqual(({}, base.FAILURES), self.ask([]))
        self.assertEqual([[]], self.plugin.calls)

    def test_host_is_asked_for_the_rest_while_there_is_time(self) -> None:
        self.plugin.most = 2
        self.start_host(self.nova, self.plugin)
        uuids = make_uuids(5)
        self.assertEqual(uuids, list(self.ask_servers(uuids)))
        self.assertEqual([uuids, uuids[2:], uuids[4:]], self.plugin.calls)

    def test_what_a_host_has_told_is_kept_when_it_tells_no_more(self) -> None:
        self.plugin.most = 2
        self.plugin.last = nova_exception.HypervisorUnavailable()
        self.start_host(self.nova, self.plugin)
        uuids = make_uuids(5)
        self.assertEqual(uuids[:2], list(self.ask_servers(uuids)))

    def test_host_that_has_had_little_time_is_not_called_silent(self) -> None:
        for seconds, expected in ((0.05, exception.NoTimeForComputeHost),
                                  (5.0, exception.ComputeHostSilent)):
            with self.assert_raises(exception.ComputeHostUnavailable) as caught:
                self.ask(make_uuids(1), seconds=seconds)
            self.assertIs(expected, type(caught.exception))

    @ddt.data((), (base.FirstPluginEndpoint,), (base.make_diagnostics_endpoint,))
    def test_host_without_support_is_not_called_again_for_a_while(
            self, plugins: tuple[type, ...]) -> None:
        client_clock = self.useFixture(clock.Clock(expiring))
        endpoints = self.start_host(self.nova, *(plugin() for plugin in plugins))
        self.assertIsNone(self.ask(make_uuids(1)))
        endpoints[:] = [self.nova, *self.plugin.endpoints]
        self.assertIsNone(self.ask(make_uuids(1)))
        client_clock.now += rpcapi._STOCK_HOST_TTL + 1
        self.assertEqual(1, len(self.ask_servers(make_uuids(1))))

    def test_host_that_does_not_answer_is_unavailable_at_the_deadline(self) -> None:
        began = time.monotonic()
        with self.assert_raises(
                exception.ComputeHostUnavailable, r'did not answer within 0\.[23]'):
            self.ask(make_uuids(1), seconds=0.3)
        self.assertLess(time.monotonic() - began, 0.3 + calling._GRACE)

    def test_host_is_not_asked_behind_the_deadline(self) -> None:
        self.start_host(self.nova, self.plugin)
        with self.assert_raises(exception.NoTimeForComputeHost, 'no time left'):
            self.ask(make_uuids(1), seconds=0)
        self.assertEqual([], self.plugin.calls)

    def test_hypervisor_that_is_unavailable_is_an_unavailable_host(self) -> None:
        self.plugin.error = nova_exception.HypervisorUnavailable()
        self.start_host(self.nova, self.plugin)
        with self.assert_raises(exception.ComputeHostUnavailable, 'cannot reach its hypervisor'):
            self.ask(make_uuids(1))


class TestEndpoint(unit_base.TestCase):
    def test_too_many_servers_are_refused(self) -> None:
        plugin = base.Plugin()
        endpoint, = (one for one in plugin.endpoints if hasattr(one, 'get_host_diagnostics'))
        with self.assert_raises(messaging.ExpectedException):
            endpoint.get_host_diagnostics(
                self, make_uuids(host_diagnostics.MAX_SERVERS + 1), '1.1')
        self.assertEqual([], plugin.calls)

    def test_older_clients_get_objects_that_they_know(self) -> None:
        known = diagnostics.Diagnostics(state='running', state_reason='booted')
        found = {'a': capabilities.Found(responding=True, diagnostics=known)}
        sent = host_diagnostics.encode(found, '1.0', {})['servers']['a']['diagnostics']
        self.assertEqual('1.0', sent['nova_ext_object.version'])
        self.assertNotIn('state_reason', sent['nova_ext_object.data'])

    def test_messages_about_the_largest_servers_are_within_bounds(self) -> None:
        large = diagnostics.Diagnostics(
            state='running', driver='libvirt',
            cpu_details=[diagnostics.CpuDiagnostics(
                id=number, time=2**60, utilisation=100, wait=2**60, delay=2**60)
                for number in range(64)],
            nic_details=[diagnostics.NicDiagnostics(
                mac_address='fa:16:3e:00:00:01', device='tap0b07ff5c-6a',
                port_id='0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1',
                network_id='0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1', rx_octets=2**60,
                tx_octets=2**60, rx_packets=2**50, tx_packets=2**50, rx_rate=2**40,
                tx_rate=2**40, rx_drop=2**40, tx_drop=2**40) for _ in range(8)],
            disk_details=[diagnostics.DiskDiagnostics(
                device='vda', bus='virtio', volume_id='0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1',
                read_bytes=2**60, write_bytes=2**60, read_requests=2**50, write_requests=2**50,
                read_time=2**60, write_time=2**60, flush_time=2**60, flush_requests=2**40)
                for _ in range(16)])
        sent = host_diagnostics.encode(
            {uid: capabilities.Found(responding=True, diagnostics=large)
             for uid in make_uuids(host_diagnostics.MAX_SERVERS)}, '1.1', base.FAILURES)
        self.assertLess(len(jsonutils.dumps(sent)), 8 * 2**20)
