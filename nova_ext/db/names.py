# SPDX-License-Identifier: Apache-2.0
"""Host names in several databases, compared as these compare them.

MariaDB and MySQL compare text without case, PostgreSQL with it. Within a cell the database joins
records by their hosts; what is joined here, because it is in two databases, is joined by keys that
the databases make.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def key(column: Any) -> Any:
    """SQL for what two names share exactly if the column's database takes them for the same."""
    return sa.case(
        (sa.and_(column == sa.func.upper(column), column == sa.func.lower(column)),
         sa.func.lower(column)),
        else_=column)
