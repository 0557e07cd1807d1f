# SPDX-License-Identifier: Apache-2.0
"""Who may see the diagnostics of all servers of a host, or of many hosts."""

from __future__ import annotations

from oslo_policy import policy

from nova_ext.policies import base

SHOW = 'nova_ext:host_diagnostics:show'

LIST = 'nova_ext:host_diagnostics:list'

_RULES = [
    policy.DocumentedRuleDefault(
        name=SHOW,
        check_str=base.ADMIN_API,
        description=(
            'Show the diagnostics of all servers of a hypervisor, whatever their projects.'
        ),
        operations=[{'method': 'GET', 'path': '/os-hypervisors/{hypervisor_id}/diagnostics'}],
        scope_types=['project'],
    ),
    policy.DocumentedRuleDefault(
        name=LIST,
        check_str=base.ADMIN_API,
        description=(
            'List the diagnostics of the servers of all hosts, whatever their projects. The '
            'filter by host_status obeys os_compute_api:servers:show:host_status, too.'
        ),
        operations=[{'method': 'GET', 'path': '/nova-ext/diagnostics'}],
        scope_types=['project'],
    ),
]


def list_rules() -> list[policy.DocumentedRuleDefault]:
    """The rules of the resource ``host_diagnostics``."""
    return _RULES
