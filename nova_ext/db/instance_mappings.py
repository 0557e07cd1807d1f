# SPDX-License-Identifier: Apache-2.0
"""Which servers there are, in the API database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from nova.db.api import models

from nova_ext.db import session

MAPPING = models.InstanceMapping.__table__


def exists(context: Any, server: str) -> bool:
    """Whether there is a server, or was one that is not purged yet. One statement.

    :param context: nova.context.RequestContext
    :param server: its UUID
    """
    query = sa.select(MAPPING.c.id).where(MAPPING.c.instance_uuid == server)
    with session.of_api(context) as api:
        return api.execute(query).first() is not None
