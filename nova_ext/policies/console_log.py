# SPDX-License-Identifier: Apache-2.0
"""Who may read a server's console log: Nova's own rule for its end, and after its deletion."""

from __future__ import annotations

from oslo_policy import policy

from nova_ext.policies import base

SHOW = 'os_compute_api:os-console-output'

#: Of a server that is deleted.
SHOW_DELETED = 'nova_ext:console_log:show_deleted'

_RULES = [
    policy.DocumentedRuleDefault(
        name=SHOW_DELETED,
        check_str=base.ADMIN_API,
        description=(
            'Read what is kept of the console log of a deleted server, where hosts keep it '
            '([nova_ext] console_log_after_delete). The log of a server that is not deleted '
            'obeys os_compute_api:os-console-output instead. Callers without this permission '
            'get 404, as if the server had never existed.'
        ),
        operations=[{'method': 'GET', 'path': '/servers/{server_id}/console-log'}],
        scope_types=['project'],
    ),
]


def list_rules() -> list[policy.DocumentedRuleDefault]:
    """The rules of the resource ``console_log`` that are not Nova's."""
    return _RULES
