# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of hosts with nova-ext, without it, and of silent ones."""

from __future__ import annotations

import time

from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.compute import rpcapi
from nova_ext.concurrency import expiring
from tests.fixtures import clock
from tests.unit.compute import base


class TestHostWithPlugin(base.RpcApiTestCase):
    def test_diagnostics_come_from_the_plugin(self) -> None:
        self.start_host(self.nova, self.plugin)
        self.assertEqual(base.ANSWERED, self.get_diagnostics())
        self.assertEqual([self.instance.uuid], [call.uuid for call in self.plugin.calls])
        self.assertEqual([], self.nova.calls)

    def test_host_finds_out_no_more_than_the_wanted_version_has(self) -> None:
        self.start_host(self.nova, self.plugin)
        for version in ('1.0', '1.1'):
            self.api.get_diagnostics(self.context, self.instance, version)
        self.assertEqual(['1.0', '1.1'], self.plugin.versions)

    def test_deleted_instance_is_not_found(self) -> None:
        self.plugin.error = nova_exception.InstanceNotFound(instance_id=self.instance.uuid)
        self.start_host(self.nova, self.plugin)
        with self.assert_raises(nova_exception.InstanceNotFound):
            self.get_diagnostics()

    def test_host_is_unavailable_when_its_hypervisor_is(self) -> None:
        self.plugin.error = nova_exception.HypervisorUnavailable()
        self.start_host(self.nova, self.plugin)
        with self.assert_raises(exception.ComputeHostUnavailable, 'cannot reach its hypervisor'):
            self.get_diagnostics()

    def test_pinned_version_of_nova_interface_does_not_affect_the_plugin(self) -> None:
        self.conf.set_override('compute', '5.13', 'upgrade_levels')
        self.api = rpcapi.ComputeAPI(5)
        self.start_host(base.NovaEndpoint('5.13'), self.plugin)
        self.assertEqual(base.ANSWERED, self.get_diagnostics())

    def test_first_version_of_the_plugin_is_called_for_diagnostics(self) -> None:
        self.start_host(self.nova, base.FirstPluginEndpoint())
        self.assertEqual(base.ANSWERED, self.get_diagnostics())
        self.assertEqual([], self.nova.calls)


class TestHostWithoutPlugin(base.RpcApiTestCase):
    def assert_comes_from_nova(self) -> None:
        """Assert that the diagnostics are those of Nova's endpoint, without its uptime."""
        answer = self.api.get_diagnostics(self.context, self.instance)
        self.assertEqual(('running', None), (answer.state, answer.uptime))
        self.assertEqual(17, answer.cpu_details[0].time)

    def test_nova_method_is_called(self) -> None:
        self.start_host(self.nova)
        self.assert_comes_from_nova()
        self.assertEqual([self.instance.uuid], [call.uuid for call in self.nova.calls])

    def test_plugin_is_tried_again_after_a_while(self) -> None:
        client_clock = self.useFixture(clock.Clock(expiring))
        endpoints = self.start_host(self.nova)
        self.assert_comes_from_nova()
        endpoints.extend(self.plugin.endpoints)

        client_clock.now += rpcapi._STOCK_HOST_TTL - 1
        self.assert_comes_from_nova()
        self.assertEqual([], self.plugin.calls)
        client_clock.now += 2
        self.assertEqual(base.ANSWERED, self.get_diagnostics())
        self.assertEqual(2, len(self.nova.calls))

    def test_lack_of_plugin_is_remembered_per_host(self) -> None:
        other = self.make_instance()
        self.start_host(self.nova)
        self.start_host(base.NovaEndpoint(), self.plugin, instance=other)
        self.assert_comes_from_nova()
        self.assertEqual(base.ANSWERED, self.get_diagnostics(other))

    def test_lack_of_plugin_is_remembered_per_cell(self) -> None:
        endpoints = self.start_host(self.nova)
        self.context.cell_uuid = 'cell1'
        self.assert_comes_from_nova()
        endpoints.extend(self.plugin.endpoints)
        self.context.cell_uuid = 'cell2'
        self.assertEqual(base.ANSWERED, self.get_diagnostics())

    def test_guest_that_is_not_running_has_the_state_of_nova_record(self) -> None:
        self.instance.power_state = 4
        self.nova.error = nova_exception.InstanceInvalidState(
            attr='power_state', instance_uuid=self.instance.uuid, state='stopped',
            method='get_diagnostics')
        self.start_host(self.nova)
        self.assertEqual({**base.UNKNOWN, 'state': 'shutdown'}, self.get_diagnostics())

    def test_diagnostics_are_unknown_with_a_driver_that_has_none(self) -> None:
        self.nova.error = NotImplementedError()
        self.start_host(self.nova)
        self.assertEqual(base.UNKNOWN, self.get_diagnostics())

    def test_diagnostics_are_unknown_on_a_host_of_unsupported_version(self) -> None:
        self.start_host(base.NovaEndpoint('4.0'))
        self.assertEqual(base.UNKNOWN, self.get_diagnostics())

    def test_pinned_version_of_nova_interface_is_used(self) -> None:
        self.conf.set_override('compute', '5.13', 'upgrade_levels')
        self.api = rpcapi.ComputeAPI(5)
        self.start_host(base.NovaEndpoint('5.13'))
        self.assert_comes_from_nova()


class TestHostThatDoesNotAnswer(base.RpcApiTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.api = rpcapi.ComputeAPI(0.1)

    def test_host_is_unavailable_after_the_timeout(self) -> None:
        began = time.monotonic()
        with self.assert_raises(
                exception.ComputeHostUnavailable, 'nova-compute did not answer within 0.1 s'):
            self.get_diagnostics()
        took = time.monotonic() - began
        self.assertGreaterEqual(took, 0.1)
        self.assertLess(took, 1)

    def test_plugin_is_still_called_next_time(self) -> None:
        with self.assert_raises(exception.ComputeHostUnavailable):
            self.get_diagnostics()
        self.patch(self.api, '_timeout', 5)  # a busy machine may take longer than before
        self.start_host(self.nova, self.plugin)
        self.assertEqual(base.ANSWERED, self.get_diagnostics())
