# SPDX-License-Identifier: Apache-2.0
"""Tests of which databases there are, and where they are kept."""

from sandbox import database
from sandbox.settings import Options


def test_databases_with_and_without_volumes_are_kept_apart() -> None:
    plain, volumes = (database.snapshot('nova-34.0.0', Options(volumes=value))
                      for value in (False, True))
    assert plain != volumes
    assert database.snapshot('nova-34.0.0', Options(hosts=3, stock_api=True)) == plain


def test_cinder_has_a_database_where_there_are_volumes() -> None:
    assert set(Options(volumes=True).databases) - set(Options().databases) == {'cinder'}
