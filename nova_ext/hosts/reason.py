# SPDX-License-Identifier: Apache-2.0
"""What the status of a host was judged by, and since when it is so."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Optional


@dataclasses.dataclass(frozen=True)
class Reason:
    """What a host's service record says; the status is one word for all of it."""

    #: Whether an operator, or what does it for one, has disabled the service.
    disabled: bool
    #: Why, in the words of whoever did.
    disabled_reason: Optional[str]
    #: Whether it is forced down.
    forced_down: bool
    #: Whether nova-compute has not reported for ``[DEFAULT] service_down_time``.
    silent: bool
    #: When it reported last, aware, in UTC; None: that is not known.
    last_seen_up: Optional[datetime.datetime]
    #: Since when the host has its status, aware, in UTC; None: nobody has noted it.
    since: Optional[datetime.datetime]
