# SPDX-License-Identifier: Apache-2.0
"""Sessions that read Nova's databases, over Nova's own connections."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from nova.db.api import api as api_db
from nova.db.main import api as main_db
from sqlalchemy import orm


@contextlib.contextmanager
def of_cell(context: Any) -> Iterator[orm.Session]:
    """Read the database of the cell at which a nova.context.RequestContext is targeted."""
    with main_db.get_context_manager(context).reader.using(context) as session:
        yield session


@contextlib.contextmanager
def of_api(context: Any) -> Iterator[orm.Session]:
    """Read the API database."""
    with api_db.context_manager.reader.using(context) as session:
        yield session
