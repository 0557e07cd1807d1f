# SPDX-License-Identifier: Apache-2.0
"""The collector with Nova's own host, whose libvirtd does not run."""

from __future__ import annotations

import logging

import fixtures
import libvirt
from nova import exception as nova_exception
from nova.virt.libvirt import host as nova_host

from nova_ext.virt.libvirt.diagnostics import collector
from tests.fixtures import configuration
from tests.unit import base, support


class TestNovaHost(base.TestCase):
    """Nova would log a traceback and send notifications for each use of its connection."""

    def setUp(self) -> None:
        super().setUp()
        libvirt.registerErrorHandler(lambda *_: None, None)
        host = nova_host.Host(f'qemu+unix:///system?socket={self.make_directory()}/missing')
        self.notifications = [
            self.useFixture(fixtures.MockPatch(name)).mock for name in (
                'nova.rpc.get_notifier',
                'nova.compute.utils.notify_about_libvirt_connect_error')]
        self.collector = collector.Collector(
            host, self.useFixture(configuration.Configuration()).conf)

    def assert_nova_keeps_quiet(self) -> None:
        """Assert that Nova has neither logged nor sent anything, and nobody a traceback."""
        self.assertEqual([], self.logs.messages(logging.WARNING, 'nova'))
        self.assertFalse(any(record.exc_info for record in self.logs.records))
        for notification in self.notifications:
            notification.assert_not_called()

    def test_sampler_says_so_in_one_line_and_tries_less_and_less_often(self) -> None:
        sampler = self.collector.sampler
        self.addCleanup(sampler.stop)
        sampler.start()
        self.assert_eventually(lambda: self.logs.messages(logging.ERROR))
        self.assert_nova_keeps_quiet()
        error, = self.logs.messages(logging.WARNING)
        self.assertIn('Periodic task sampler failed, next attempt in 10 s', error)
        self.assertIn('libvirt cannot be reached', error)
        self.assertEqual(60, sampler._rounds._pause(10))

    def test_request_warns_once(self) -> None:
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.collector.collect(support.instance())
        self.assert_nova_keeps_quiet()
        warning, = self.logs.messages(logging.WARNING)
        self.assertIn('libvirt cannot be reached', warning)
