# SPDX-License-Identifier: Apache-2.0
"""The check of the policy files."""

from __future__ import annotations

import logging

import ddt

from nova_ext.cmd.checks import rules
from tests.fixtures import nova_host, users
from tests.unit import base

FILE, DIRECTORY = '/etc/nova/policy.yaml', '/etc/nova/policy.d'
DEBIAN = f'{DIRECTORY}/00_default_policy.yaml'


@ddt.ddt
class TestRules(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())
        self.host.make_debian('nova-api')

    def only(self) -> tuple[int, str]:
        """Return the level and text of the only finding."""
        [finding] = rules.check(self.host.find())
        return finding.level, finding.text

    def test_files_that_can_be_read_are_named(self) -> None:
        self.host.write(FILE, '"nova_ext:diagnostics:show": "rule:own or role:reader"\n')
        self.host.write(f'{DIRECTORY}/own.yaml', '"own": "role:own"\n')
        self.assertEqual(
            (logging.INFO, f'{FILE}, {DEBIAN}, {DIRECTORY}/own.yaml can be read'), self.only())

    def test_no_file_is_fine(self) -> None:
        self.host.path(DEBIAN).unlink()
        self.assertEqual((logging.INFO, 'There is no policy file: every rule is as it comes'),
                         self.only())

    @ddt.data(FILE, DEBIAN)
    def test_broken_yaml_is_an_error(self, name: str) -> None:
        self.host.write(name, '"a": "role:b"\n "c": : [\n')
        level, text = self.only()
        self.assertEqual(logging.ERROR, level)
        self.assertTrue(text.startswith(f'{name} cannot be read, so that requests fail: '), text)

    @ddt.data('- a\n- b\n', 'text\n', '1: "@"\n')
    def test_what_is_no_mapping_is_an_error(self, text: str) -> None:
        self.host.write(FILE, text)
        self.assertEqual(logging.ERROR, self.only()[0])

    def test_rule_that_cannot_be_parsed_is_an_error(self) -> None:
        self.host.write(FILE, '"nova_ext:diagnostics:show": "role:a or or"\n'
                              '"os_compute_api:servers:show": "!"\n')
        self.assertEqual(
            (logging.ERROR, f'{FILE} has rules that cannot be parsed, so that they deny '
                            'everybody: nova_ext:diagnostics:show.'), self.only())

    def test_unknown_rule_is_a_warning_that_lists_the_known_ones(self) -> None:
        self.host.write(FILE, '"nova_ext:diagnostic:show": "@"\n')
        level, text = self.only()
        self.assertEqual(logging.WARNING, level)
        self.assertIn(
            'does not know: nova_ext:diagnostic:show. It knows '
            'nova_ext:console_log:show_deleted, nova_ext:diagnostics:show', text)

    @ddt.data('rule:gone', 'rule:nova_ext:diagnostics:show')
    def test_reference_that_leads_nowhere_is_a_warning(self, text: str) -> None:
        self.host.write(FILE, f'"nova_ext:diagnostics:show": "{text}"\n')
        level, text = self.only()
        self.assertEqual(logging.WARNING, level)
        self.assertIn('oslopolicy-validator --namespace nova_ext', text)

    def test_configured_files_count(self) -> None:
        self.host.write('/etc/nova/nova.conf', '\n'.join((
            '[oslo_policy]', 'policy_file = own.yaml', 'policy_dirs = /etc/one',
            'policy_dirs = two.d')))
        for name in ('/etc/nova/own.yaml', '/etc/one/a.yaml', '/etc/nova/two.d/b.yaml',
                     '/etc/one/.hidden', '/etc/one/below/c.yaml', FILE):
            self.host.write(name, '')
        self.assertEqual(
            (logging.INFO, '/etc/nova/own.yaml, /etc/one/a.yaml, /etc/nova/two.d/b.yaml can be '
                           'read'), self.only())

    def test_configured_file_that_is_missing_is_a_warning(self) -> None:
        self.host.path(DEBIAN).unlink()
        self.host.write('/etc/nova/nova.conf', '[oslo_policy]\npolicy_file = /gone.yaml\n')
        self.assertEqual(
            (logging.WARNING, '/gone.yaml, the policy_file of nova-api, is not there: no rule of '
                              'it counts.'), self.only())

    def test_compute_host_has_no_policy(self) -> None:
        self.host = self.useFixture(nova_host.NovaHost())
        self.host.make_debian('nova-compute')
        self.assertEqual([], list(rules.check(self.host.find())))

    def test_file_that_may_not_be_read_is_no_good_file(self) -> None:
        self.host.path(DEBIAN).chmod(0o600)
        self.useFixture(users.OrdinaryUser())
        with self.assert_raises(PermissionError):
            list(rules.check(self.host.find()))
