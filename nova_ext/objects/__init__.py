# SPDX-License-Identifier: Apache-2.0
"""What crosses RPC between an API and a compute host that both have the plugin."""
