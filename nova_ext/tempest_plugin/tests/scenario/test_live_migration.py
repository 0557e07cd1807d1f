# SPDX-License-Identifier: Apache-2.0
"""What is seen of a server before and after it goes to another host."""

from __future__ import annotations

import testtools
from tempest import config
from tempest.lib import decorators

from nova_ext.tempest_plugin.tests import consoles, domains
from nova_ext.tempest_plugin.tests.observations import Observation

CONF = config.CONF


class LiveMigrationTest(consoles.ConsolesTest):
    """One server for all tests, which migrate it to and fro."""

    features = ('compute_driver',)

    @classmethod
    def skip_checks(cls) -> None:
        """See that there is where to go to."""
        super().skip_checks()
        if not CONF.compute_feature_enabled.live_migration:
            raise cls.skipException('[compute-feature-enabled] live_migration is false.')
        if CONF.compute.min_compute_nodes < 2:
            raise cls.skipException('[compute] min_compute_nodes is below 2.')

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server."""
        super().resource_setup()
        cls.server_id = cls.create_server()

    def _migrate(self) -> str:
        """Migrate the server and return the name of its new host."""
        before = self.host(self.server_id)
        self.live_migrate(self.server_id)
        after = self.host(self.server_id)
        self.assertNotEqual(before, after, 'the migration failed')
        return after

    @testtools.skipUnless(CONF.nova_ext.diagnostics, '[nova_ext] diagnostics is false.')
    @decorators.idempotent_id('3544a7c5-5c2c-4398-b70d-7216cb0e31ab')
    def test_uptime(self) -> None:
        """It goes on: the guest was started where it came from."""
        client = self.os_admin.nova_ext_v1.DiagnosticsClient(nova_ext=self.highest)
        before = Observation.at(client, self.server_id)
        self._migrate()
        after = Observation.at(client, self.server_id)
        self.assertEqual('running', after.found['state'])
        self.assertTrue(after.uptime_went_on(before), (before, after))

    @testtools.skipUnless(CONF.nova_ext.console, '[nova_ext] console is false.')
    @testtools.skipUnless(
        CONF.compute_feature_enabled.console_output,
        '[compute-feature-enabled] console_output is false.')
    @decorators.idempotent_id('94a731c9-035e-4ad7-bc10-631443961250')
    def test_console_log(self) -> None:
        """What was printed on the host before goes with the guest."""
        before = self.wait_for_log(self.server_id)
        self._migrate()
        self.eventually(
            lambda: before[-consoles.TAIL:] in self.log(self.server_id),
            'the log has come with the server')

    @testtools.skipUnless(CONF.nova_ext.console, '[nova_ext] console is false.')
    @testtools.skipUnless(
        CONF.compute_feature_enabled.serial_console,
        '[compute-feature-enabled] serial_console is false.')
    @decorators.idempotent_id('9895b5e8-0b89-4bf9-8924-584e6d942398')
    def test_serial_console(self) -> None:
        """It works on either host, and both lines are in the log."""
        first = self.type(self.server_id)
        self._migrate()
        second = self.type(self.server_id)
        log = self.log(self.server_id)
        self.assertLess(log.index(first), log.index(second))

    @testtools.skipUnless(
        CONF.nova_ext.domain_xml_command, '[nova_ext] domain_xml_command is not set.')
    @decorators.idempotent_id('53c70ac2-495e-4e62-a92f-7243a4e7df62')
    def test_metadata(self) -> None:
        """The domain names the host that it is on, and when its guest was started."""
        _, before = domains.elements(self.host(self.server_id), self.server_id)
        host = self._migrate()

        def named() -> bool:
            _, found = domains.elements(host, self.server_id)
            return found is not None and found.find(f'{domains.NOVA_EXT}host').get('name') == host

        self.eventually(named, f'the metadata names {host}')
        _, after = domains.elements(host, self.server_id)
        self.assertEqual(before.get('started'), after.get('started'))
