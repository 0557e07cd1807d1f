# SPDX-License-Identifier: Apache-2.0
"""Which cell each compute host belongs to, in the API database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from nova.db.api import models

from nova_ext.db import names, session

HOST = models.HostMapping.__table__
CELL = models.CellMapping.__table__


def get_all(context: Any) -> dict[str, str]:
    """The UUID of the cell of every host that is mapped. One statement.

    :param context: nova.context.RequestContext
    :returns: by the host's key of :func:`nova_ext.db.names.key`
    """
    query = sa.select(names.key(HOST.c.host).label('host_key'), CELL.c.uuid).join(
        CELL, CELL.c.id == HOST.c.cell_id)
    with session.of_api(context) as api:
        return {row.host_key: row.uuid for row in api.execute(query)}
