# SPDX-License-Identifier: Apache-2.0
"""Who may read a server's console log: Nova's own rule for its end."""

from __future__ import annotations

SHOW = 'os_compute_api:os-console-output'
