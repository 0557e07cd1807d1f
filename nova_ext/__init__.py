# SPDX-License-Identifier: Apache-2.0
"""nova-ext: what really happens to a server, beside an unpatched Nova."""
