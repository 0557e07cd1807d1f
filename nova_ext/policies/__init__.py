# SPDX-License-Identifier: Apache-2.0
"""Every policy rule of nova-ext."""

from __future__ import annotations

from oslo_policy import policy

from nova_ext.policies import console_log, diagnostics, host_diagnostics, host_status


def list_rules() -> list[policy.DocumentedRuleDefault]:
    """The rules with their defaults and the operations that they guard."""
    return [
        *console_log.list_rules(), *diagnostics.list_rules(), *host_diagnostics.list_rules(),
        *host_status.list_rules()]
