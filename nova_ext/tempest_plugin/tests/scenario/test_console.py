# SPDX-License-Identifier: Apache-2.0
"""The console log of one server, over whatever Nova does to it on its host."""

from __future__ import annotations

import testtools
from tempest import config
from tempest.lib import decorators

from nova_ext.tempest_plugin.tests import consoles

CONF = config.CONF


class ConsoleTest(consoles.ConsolesTest):
    """Nothing that the guest has printed is lost."""

    features = ('console', 'compute_driver')

    @classmethod
    def skip_checks(cls) -> None:
        """See that the cloud has console logs."""
        super().skip_checks()
        if not CONF.compute_feature_enabled.console_output:
            raise cls.skipException('[compute-feature-enabled] console_output is false.')

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server."""
        super().resource_setup()
        cls.server_id = cls.create_server()

    @decorators.idempotent_id('d6fe7da9-7eb4-4565-8d4d-117ab0288117')
    def test_stop_and_start(self) -> None:
        """The log is readable while the server is off, and goes on when it is started."""
        running = self.wait_for_log(self.server_id)
        self.stop(self.server_id)
        off = self.log(self.server_id)
        self.assertIn(running[-consoles.TAIL:], off)
        self.start(self.server_id)
        self.wait_for_more(self.server_id, off)

    @decorators.idempotent_id('af82712c-e403-4e28-ae9c-d6a7416ff45c')
    def test_hard_reboot(self) -> None:
        """The log goes on."""
        before = self.wait_for_log(self.server_id)
        self.reboot(self.server_id)
        self.wait_for_more(self.server_id, before)

    @testtools.skipUnless(
        CONF.compute_feature_enabled.serial_console,
        '[compute-feature-enabled] serial_console is false.')
    @decorators.idempotent_id('0d82efed-b4f8-4815-9289-1b7b1183fe5f')
    def test_serial_console(self) -> None:
        """The serial console and the log are of one port: what is typed shows in the log."""
        self.wait_for_log(self.server_id)
        self.type(self.server_id)

    @testtools.skipUnless(
        CONF.compute_feature_enabled.serial_console,
        '[compute-feature-enabled] serial_console is false.')
    @testtools.skipUnless(
        CONF.compute_feature_enabled.rescue, '[compute-feature-enabled] rescue is false.')
    @decorators.idempotent_id('5b8741f7-7395-489f-970a-25e8aa1080fd')
    def test_rescue(self) -> None:
        """A rescued server has both consoles, and so has it afterwards."""
        before = self.wait_for_log(self.server_id)
        self.servers.rescue_server(self.server_id)
        self.wait_for(self.server_id, 'RESCUE')
        self.addCleanup(self.wait_for, self.server_id, 'ACTIVE')
        self.addCleanup(self.servers.unrescue_server, self.server_id)
        self.wait_for_more(self.server_id, before)
        self.type(self.server_id)
