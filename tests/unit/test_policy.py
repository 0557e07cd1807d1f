# SPDX-License-Identifier: Apache-2.0
"""Who may do what, by nova-ext's own enforcer."""

from __future__ import annotations

from typing import Any

import ddt
from nova import exception as nova_exception
from oslo_policy import policy as oslo_policy

from nova_ext import policies, policy
from nova_ext.policies import diagnostics, host_status
from tests.fixtures import configuration
from tests.unit import base, support

TARGET = {'project_id': support.PROJECT}


@ddt.ddt
class TestPolicy(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.conf = self.useFixture(configuration.Configuration()).conf
        self.file = self.useFixture(configuration.PolicyFile(self.conf))

    def make_policy(self, content: str = '{}') -> policy.Policy:
        """Make a Policy over a policy file with that content."""
        self.file.path.write_text(content)
        return policy.Policy(self.conf)

    def assert_refused(self, authority: policy.Policy, context: Any, rule: str,
                       target: dict[str, str] = TARGET) -> None:
        with self.assert_raises(nova_exception.PolicyNotAuthorized, rule):
            authority.authorize(context, rule, target)

    @ddt.data(*(rule.name for rule in policies.list_rules()))
    def test_only_administrators_are_authorized_by_default(self, rule: str) -> None:
        authority = self.make_policy()
        authority.authorize(support.admin(), rule, TARGET)
        self.assert_refused(authority, support.context(), rule)

    def test_rule_in_policy_file_replaces_default(self) -> None:
        authority = self.make_policy('"nova_ext:diagnostics:show": "role:observer"\n')
        authority.authorize(support.context(roles=['observer']), diagnostics.SHOW, TARGET)
        self.assert_refused(authority, support.admin(), diagnostics.SHOW)

    def test_admin_api_rule_of_deployment_is_obeyed(self) -> None:
        authority = self.make_policy('"admin_api": "role:operator"\n')
        authority.authorize(support.context(roles=['operator']), diagnostics.SHOW, TARGET)
        self.assert_refused(authority, support.admin(), diagnostics.SHOW)

    def test_rule_is_checked_against_target(self) -> None:
        authority = self.make_policy('"nova_ext:diagnostics:show": "project_id:%(project_id)s"\n')
        authority.authorize(support.context(), diagnostics.SHOW, TARGET)
        self.assert_refused(
            authority, support.context(), diagnostics.SHOW, {'project_id': 'c' * 32})

    def enforce_scope(self) -> None:
        """Have scopes enforced, as newer releases always do."""
        if 'enforce_scope' in self.conf.oslo_policy:
            self.conf.set_override('enforce_scope', True, 'oslo_policy')

    def test_system_scoped_token_is_refused_where_scope_is_enforced(self) -> None:
        authority = self.make_policy()
        self.enforce_scope()
        system = support.admin(project_id=None, system_scope='all')
        self.assert_refused(authority, system, diagnostics.SHOW)
        self.assertFalse(authority.allows(system, host_status.SHOW, TARGET))

    @ddt.data(host_status.SHOW, host_status.SHOW_UNKNOWN_ONLY)
    def test_nova_rules_for_host_status_are_obeyed_with_default_and_override(
            self, rule: str) -> None:
        authority = self.make_policy()
        self.assertTrue(authority.allows(support.admin(), rule, TARGET))
        self.assertFalse(authority.allows(support.context(), rule, TARGET))
        overridden = self.make_policy(f'"{rule}": "role:reader and project_id:%(project_id)s"\n')
        self.assertTrue(overridden.allows(support.context(), rule, TARGET))
        self.assertFalse(overridden.allows(support.context(), rule, {'project_id': 'c' * 32}))

    def test_unregistered_rule_raises_and_permits_nothing(self) -> None:
        for ask in (self.make_policy().allows, self.make_policy().authorize):
            with self.assert_raises(oslo_policy.PolicyNotRegistered):
                ask(support.admin(), 'nova_ext:nonsense', TARGET)

    def test_enforcer_for_command_line_tools_has_every_rule(self) -> None:
        registered = policy.get_enforcer().registered_rules
        self.assertLessEqual({rule.name for rule in policies.list_rules()}, registered.keys())
        self.assertIn('admin_api', registered)
