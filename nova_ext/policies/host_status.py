# SPDX-License-Identifier: Apache-2.0
"""Who may see how a server's host is: Nova's own rules, named by the specification."""

from __future__ import annotations

#: Any status, and the filter by it.
SHOW = 'os_compute_api:servers:show:host_status'

#: That a host's status is UNKNOWN, and nothing else.
SHOW_UNKNOWN_ONLY = 'os_compute_api:servers:show:host_status:unknown-only'
