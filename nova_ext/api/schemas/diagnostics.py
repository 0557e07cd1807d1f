# SPDX-License-Identifier: Apache-2.0
"""What requests for diagnostics may carry."""

from __future__ import annotations

from nova_ext.api import query

#: No query parameter is known.
SHOW_QUERY = query.NOTHING
