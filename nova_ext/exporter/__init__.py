# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-exporter``: the diagnostics of a whole cloud for Prometheus, from the API alone.

``refresher`` asks host by host in the background, ``store`` keeps what came as compressed text,
and ``server`` serves it: no scrape waits for a host. Nothing of Nova is imported.
"""
