# SPDX-License-Identifier: Apache-2.0
"""Which cell each compute host belongs to, in the API database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from nova.db.api import models

from nova_ext.db import session

HOST = models.HostMapping.__table__
CELL = models.CellMapping.__table__


def get_all(context: Any) -> dict[str, str]:
    """The UUID of the cell of every host that is mapped. One statement.

    :param context: nova.context.RequestContext
    """
    query = sa.select(HOST.c.host, CELL.c.uuid).join(CELL, CELL.c.id == HOST.c.cell_id)
    with session.of_api(context) as api:
        return {row.host: row.uuid for row in api.execute(query)}
