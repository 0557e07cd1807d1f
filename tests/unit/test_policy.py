# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from nova import exception as nova_exception
from oslo_policy import policy as oslo_policy

from nova_ext import policies, policy
from nova_ext.policies import diagnostics, host_status
from tests.unit import support

TARGET = {'project_id': support.PROJECT}

Write = Callable[[str], policy.Policy]


@pytest.fixture
def over(conf: Any, tmp_path: pathlib.Path) -> Write:
    """Makes a Policy over a policy file of the given content."""
    def write(content: str) -> policy.Policy:
        oslo_policy.Enforcer(conf)  # registers the option
        path = tmp_path / 'policy.yaml'
        path.write_text(content)
        conf.set_override('policy_file', str(path), 'oslo_policy')
        return policy.Policy(conf)

    return write


@pytest.mark.parametrize('rule', [rule.name for rule in policies.list_rules()])
def test_by_default_administrators_may_and_others_may_not(rule: str, over: Write) -> None:
    authority = over('{}')
    authority.authorize(support.admin(), rule, TARGET)
    with pytest.raises(nova_exception.PolicyNotAuthorized, match=rule):
        authority.authorize(support.context(), rule, TARGET)


def test_a_rule_in_the_policy_file_replaces_the_default(over: Write) -> None:
    authority = over('"nova_ext:diagnostics:show": "role:observer"\n')
    authority.authorize(support.context(roles=['observer']), diagnostics.SHOW, TARGET)
    with pytest.raises(nova_exception.PolicyNotAuthorized):
        authority.authorize(support.admin(), diagnostics.SHOW, TARGET)


def test_the_deployments_own_idea_of_an_administrator_is_obeyed(over: Write) -> None:
    authority = over('"admin_api": "role:operator"\n')
    authority.authorize(support.context(roles=['operator']), diagnostics.SHOW, TARGET)
    with pytest.raises(nova_exception.PolicyNotAuthorized):
        authority.authorize(support.admin(), diagnostics.SHOW, TARGET)


def test_the_target_counts(over: Write) -> None:
    authority = over('"nova_ext:diagnostics:show": "project_id:%(project_id)s"\n')
    authority.authorize(support.context(), diagnostics.SHOW, TARGET)
    with pytest.raises(nova_exception.PolicyNotAuthorized):
        authority.authorize(support.context(), diagnostics.SHOW, {'project_id': 'c' * 32})


def test_a_token_of_the_system_is_refused_where_scopes_are_enforced(
        conf: Any, over: Write) -> None:
    authority = over('{}')
    if 'enforce_scope' in conf.oslo_policy:  # newer releases always enforce them
        conf.set_override('enforce_scope', True, 'oslo_policy')
    with pytest.raises(nova_exception.PolicyNotAuthorized, match=diagnostics.SHOW):
        authority.authorize(
            support.admin(project_id=None, system_scope='all'), diagnostics.SHOW, TARGET)


@pytest.mark.parametrize('rule', [host_status.SHOW, host_status.SHOW_UNKNOWN_ONLY])
def test_novas_rules_for_host_status_are_obeyed_as_nova_has_them(rule: str, over: Write) -> None:
    authority = over('{}')
    assert authority.allows(support.admin(), rule, TARGET)
    assert not authority.allows(support.context(), rule, TARGET)
    overridden = over(f'"{rule}": "role:reader and project_id:%(project_id)s"\n')
    assert overridden.allows(support.context(), rule, TARGET)
    assert not overridden.allows(support.context(), rule, {'project_id': 'c' * 32})


def test_a_token_of_the_system_is_not_allowed_but_no_error(conf: Any, over: Write) -> None:
    authority = over('{}')
    if 'enforce_scope' in conf.oslo_policy:  # newer releases always enforce them
        conf.set_override('enforce_scope', True, 'oslo_policy')
    system = support.admin(project_id=None, system_scope='all')
    assert not authority.allows(system, host_status.SHOW, TARGET)


def test_asking_for_a_rule_that_was_never_registered_is_an_error(over: Write) -> None:
    with pytest.raises(oslo_policy.PolicyNotRegistered):
        over('{}').allows(support.admin(), 'nova_ext:nonsense', TARGET)


def test_a_rule_that_was_never_registered_is_an_error_and_not_a_permission(over: Write) -> None:
    with pytest.raises(oslo_policy.PolicyNotRegistered):
        over('{}').authorize(support.admin(), 'nova_ext:nonsense', TARGET)


def test_the_command_line_tools_get_an_enforcer_that_knows_every_rule() -> None:
    known = policy.get_enforcer().registered_rules
    assert {rule.name for rule in policies.list_rules()} <= known.keys()
    assert 'admin_api' in known
