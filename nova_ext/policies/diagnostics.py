# SPDX-License-Identifier: Apache-2.0
"""Who may see a server's diagnostics."""

from __future__ import annotations

from oslo_policy import policy

from nova_ext.policies import base

SHOW = 'nova_ext:diagnostics:show'

_RULES = [
    policy.DocumentedRuleDefault(
        name=SHOW,
        check_str=base.ADMIN_API,
        description=(
            'Show the diagnostics of a server in the format of nova-ext. Requests without a '
            'nova-ext version obey os_compute_api:os-server-diagnostics instead.'
        ),
        operations=[{'method': 'GET', 'path': '/servers/{server_id}/diagnostics'}],
        scope_types=['project'],
    ),
]


def list_rules() -> list[policy.DocumentedRuleDefault]:
    """The rules of the resource ``diagnostics``."""
    return _RULES
