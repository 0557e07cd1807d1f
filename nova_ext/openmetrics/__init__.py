# SPDX-License-Identifier: Apache-2.0
"""Servers' diagnostics as OpenMetrics, from the entries of a list as the API answers them.

``figures`` says which there are, ``samples`` takes them from an entry; ``families`` and
``exposition`` write them with prometheus_client, which they import when they are called: where
nobody asks for OpenMetrics it need not be installed.
"""
