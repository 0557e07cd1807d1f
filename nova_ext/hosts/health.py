# SPDX-License-Identifier: Apache-2.0
"""Whether nova-compute runs on a host, as far as its service record tells."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from typing import Any, Optional

from nova import conf as nova_conf
from nova import servicegroup

from nova_ext.db.record import Record


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

    def is_silent(self, service: Record) -> bool:
        """Whether a host has not reported in time, be it forced down or not.

        :param service: its service record
        """
        return not self._servicegroup.service_is_up(Record({**service, 'forced_down': False}))

    def last_seen_up(self, service: Record) -> Optional[datetime.datetime]:
        """When a host reported last, in UTC.

        :param service: its service record
        :returns: None: it never did; or Nova keeps the time elsewhere, and what the record has is
            of before
        """
        if nova_conf.CONF.servicegroup_driver != 'db':
            return None
        seen: Optional[datetime.datetime] = service.last_seen_up
        return None if seen is None else seen.replace(tzinfo=datetime.timezone.utc)
