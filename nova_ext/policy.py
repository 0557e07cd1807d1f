# SPDX-License-Identifier: Apache-2.0
"""Deciding by nova-ext's own rules, over the policy file that Nova uses.

Nova's enforcer knows Nova's rules only and cannot be extended from outside, so nova-ext has one
of its own. It reads the same ``[oslo_policy] policy_file``: one file tells all.
"""

from __future__ import annotations

from typing import Any

from oslo_config import cfg
from oslo_policy import policy

from nova_ext import policies


class Policy:
    """Decides whether a request may do what it asks for."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._enforcer = make_enforcer(conf)

    def authorize(self, context: Any, rule: str, target: dict[str, Any]) -> None:
        """Return when ``context`` may do what ``rule`` guards.

        :param context: the request's nova.context.RequestContext
        :param rule: the name of one of nova-ext's rules, or of Nova's
        :param target: what is acted on, with the keys that Nova gives its own rule for it: one
            more, and a rule that looks at it decides differently from Nova
        :raises nova.exception.PolicyNotAuthorized: it may not
        """
        from nova import exception

        try:
            self._enforcer.authorize(
                rule, target, context, do_raise=True,
                exc=exception.PolicyNotAuthorized, action=rule)
        except policy.InvalidScope as error:
            raise exception.PolicyNotAuthorized(action=rule) from error

    def allows(self, context: Any, rule: str, target: dict[str, Any]) -> bool:
        """Whether ``context`` may do what ``rule`` guards; as :meth:`authorize`."""
        from nova import exception

        try:
            self.authorize(context, rule, target)
        except exception.PolicyNotAuthorized:
            return False
        return True


def make_enforcer(conf: cfg.ConfigOpts) -> policy.Enforcer:
    """An enforcer that knows nova-ext's rules, and Nova's, any of which others may refer to."""
    from nova import policies as nova_policies

    enforcer = policy.Enforcer(conf)
    # Nova has deprecated admin_api for operators to override, not for rules to refer to.
    enforcer.suppress_deprecation_warnings = True
    enforcer.register_defaults(nova_policies.list_rules())
    enforcer.register_defaults(policies.list_rules())
    return enforcer


def get_enforcer() -> policy.Enforcer:
    """An enforcer for oslo.policy's command line tools (``--namespace nova_ext``)."""
    conf = cfg.ConfigOpts()
    conf([], project='nova')
    return make_enforcer(conf)
