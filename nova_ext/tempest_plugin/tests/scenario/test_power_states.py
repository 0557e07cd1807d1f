# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of one server in all the power states that it can be put into."""

from __future__ import annotations

import time

import testtools
from tempest import config
from tempest.lib import decorators

from nova_ext.tempest_plugin.tests import servers
from nova_ext.tempest_plugin.tests.observations import Observation

CONF = config.CONF


class PowerStatesTest(servers.ServersTest):
    """State and uptime."""

    features = ('diagnostics', 'compute_driver')
    operation = '/servers/{}/diagnostics'

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server."""
        super().resource_setup()
        cls.client = cls.os_admin.nova_ext_v1.DiagnosticsClient(nova_ext=cls.highest)
        cls.server_id = cls.create_server()

    def _observe(self) -> Observation:
        return Observation.at(self.client, self.server_id)

    def _see_new_start(self, since: float) -> None:
        """The guest runs and was started no earlier than then."""
        observed = self._observe()
        self.assertEqual('running', observed.found['state'])
        self.assertTrue(observed.started_after(since), observed)

    @decorators.idempotent_id('b5b2c1c7-b364-4ba4-ae7f-cf6bbefb4242')
    def test_stop_and_start(self) -> None:
        """While it is off there is no uptime, then a new one. Its devices are shown throughout."""
        self.addCleanup(self.wait_for, self.server_id, 'ACTIVE')
        before = self._observe().found
        self.stop(self.server_id)
        found = self._observe().found
        self.assertEqual('shutdown', found['state'])
        self.assertIsNone(found['uptime'])
        for name in ('num_cpus', 'num_nics', 'num_disks', 'config_drive', 'hypervisor_os'):
            self.assertEqual(before[name], found[name], name)
        self.assertIsNone(found['memory_details']['used'])
        since = time.monotonic()
        self.start(self.server_id)
        self._see_new_start(since)

    @decorators.idempotent_id('c0a2e494-63b4-4e6d-a80a-986cb9627547')
    def test_hard_reboot(self) -> None:
        """It is a new start."""
        time.sleep(3)
        since = time.monotonic()
        self.assertFalse(self._observe().started_after(since))
        self.reboot(self.server_id)
        self._see_new_start(since)

    @testtools.skipUnless(
        CONF.compute_feature_enabled.pause, '[compute-feature-enabled] pause is false.')
    @decorators.idempotent_id('a1c67ae5-7fcd-4360-b96f-4162730dc253')
    def test_pause(self) -> None:
        """Paused, it goes on being up and uses no CPU."""
        before = self._observe()
        self.servers.pause_server(self.server_id)
        self.wait_for(self.server_id, 'PAUSED')
        self.addCleanup(self.wait_for, self.server_id, 'ACTIVE')
        self.addCleanup(self.servers.unpause_server, self.server_id)
        first = self._observe()
        time.sleep(2)
        second = self._observe()
        self.assertEqual('paused', first.found['state'])
        self.assertTrue(second.uptime_went_on(before), (before, second))
        used = [after['time'] - before['time'] for before, after in zip(
            first.found['cpu_details'], second.found['cpu_details'])]
        self.assertLess(sum(used), 10**8, 'nanoseconds of CPU time while paused')

    @testtools.skipUnless(
        CONF.compute_feature_enabled.suspend, '[compute-feature-enabled] suspend is false.')
    @decorators.idempotent_id('96a3bbc0-ab00-47ff-b9f4-99c61f8c7b29')
    def test_suspend(self) -> None:
        """Saved to disk it is suspended; resumed, it is the guest that was started before."""
        before = self._observe()
        self.servers.suspend_server(self.server_id)
        self.wait_for(self.server_id, 'SUSPENDED')
        self.assertEqual('suspended', self._observe().found['state'])
        self.servers.resume_server(self.server_id)
        self.wait_for(self.server_id, 'ACTIVE')
        after = self._observe()
        self.assertEqual('running', after.found['state'])
        self.assertTrue(after.uptime_went_on(before), (before, after))
