# SPDX-License-Identifier: Apache-2.0
"""Host aggregates, in the API database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from nova.db.api import models

from nova_ext.db import names, session

HOST = models.AggregateHost.__table__
METADATA = models.AggregateMetadata.__table__


def get_values(context: Any, key: str) -> list[tuple[str, int, str]]:
    """The values of a metadata key with the hosts that they are about. One statement.

    :param context: nova.context.RequestContext
    :returns: the host's key of :func:`nova_ext.db.names.key`, aggregate id and value, in the
        order of the aggregates' ids
    """
    query = sa.select(
        names.key(HOST.c.host).label('host_key'), METADATA.c.aggregate_id, METADATA.c.value,
    ).join(
        METADATA, METADATA.c.aggregate_id == HOST.c.aggregate_id,
    ).where(METADATA.c.key == key).order_by(METADATA.c.aggregate_id)
    with session.of_api(context) as api:
        return [(row.host_key, row.aggregate_id, row.value) for row in api.execute(query)]
