# SPDX-License-Identifier: Apache-2.0
"""All that crosses RPC: the client in nova-api and the endpoint in nova-compute."""
