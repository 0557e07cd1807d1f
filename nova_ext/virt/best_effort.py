# SPDX-License-Identifier: Apache-2.0
"""What must not keep Nova from what it does when it fails."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from oslo_log import log as logging

LOG = logging.getLogger(__name__)


@contextlib.contextmanager
def best_effort(what: str, instance: Any) -> Iterator[None]:
    """Do something that must not keep Nova from what it does; a failure is logged."""
    try:
        yield
    except Exception as error:
        LOG.warning('%s: %s: %s', what, type(error).__name__, error, instance=instance,
                    exc_info=True)
