# SPDX-License-Identifier: Apache-2.0
"""Whether nova-compute runs on a host, as far as its service record tells."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Optional

from nova import servicegroup


class Health(enum.Enum):
    """What is known of the nova-compute of a host; disabled or not is another matter."""

    #: It reports in time.
    UP = 'up'
    #: It has not reported for longer than ``[DEFAULT] service_down_time``.
    SILENT = 'silent'
    #: An operator, or what fences hosts, says that it is down, whether or not it reports.
    FORCED_DOWN = 'forced_down'
    #: There is no service record to tell.
    UNRECORDED = 'unrecorded'


class HealthCheck:
    """Judges hosts by their service records; every answer of nova-ext's agrees with it."""

    def __init__(self) -> None:
        self._servicegroup = servicegroup.API()

    def check(self, service: Optional[Mapping[str, Any]]) -> Health:
        """The health of a host.

        :param service: its service record, with the columns that Nova's servicegroup drivers
            read: a nova.objects.Service or a nova_ext.db.record.Record; None: it has none
        """
        if service is None:
            return Health.UNRECORDED
        if service['forced_down']:
            return Health.FORCED_DOWN
        return Health.UP if self._servicegroup.service_is_up(service) else Health.SILENT
