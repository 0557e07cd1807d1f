# SPDX-License-Identifier: Apache-2.0
"""What ``oslo-config-generator --namespace nova_ext`` lists."""

from __future__ import annotations

from oslo_config import cfg

from nova_ext.conf import options


def list_opts() -> list[tuple[cfg.OptGroup, list[cfg.Opt]]]:
    """Every option group of nova-ext with its options."""
    return list(options.list_opts().items())
