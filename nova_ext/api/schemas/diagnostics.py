# SPDX-License-Identifier: Apache-2.0
"""What requests for diagnostics may carry."""

#: No query parameter is known.
SHOW_QUERY = {'type': 'object', 'properties': {}, 'additionalProperties': False}
