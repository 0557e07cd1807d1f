# SPDX-License-Identifier: Apache-2.0
"""Who may see how a server's host is: Nova's own rules, named by the specification, and why."""

from __future__ import annotations

from oslo_policy import policy

from nova_ext.policies import base

#: Any status, and the filter by it.
SHOW = 'os_compute_api:servers:show:host_status'

#: That a host's status is UNKNOWN, and nothing else.
SHOW_UNKNOWN_ONLY = 'os_compute_api:servers:show:host_status:unknown-only'

#: What a status was judged by, for who may see any.
SHOW_REASON = 'nova_ext:host_status:show_reason'

_RULES = [
    policy.DocumentedRuleDefault(
        name=SHOW_REASON,
        check_str=base.ADMIN_API,
        description=(
            "Show what the status of a server's host was judged by: the reason why an operator "
            'has disabled it, whether it is forced down, and when it reported last. The caller '
            'must pass os_compute_api:servers:show:host_status as well. It is a rule of its own '
            'because some clouds grant that one to users, and the reason may be meant for '
            'operators.'
        ),
        operations=[
            {'method': 'GET', 'path': '/servers/{server_id}'},
            {'method': 'GET', 'path': '/servers/detail'},
        ],
        scope_types=['project'],
    ),
]


def list_rules() -> list[policy.DocumentedRuleDefault]:
    """The rules of the resource ``host_status`` that are not Nova's."""
    return _RULES
