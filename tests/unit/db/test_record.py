# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import copy
import pickle

import pytest

from nova_ext.db.record import Record


def test_columns_are_there_by_key_and_by_attribute() -> None:
    record = Record(host='a', disabled=None)
    assert (record.host, record['host'], record.disabled) == ('a', 'a', None)
    assert 'host' in record
    assert record.get('uuid') is None


def test_a_column_that_was_not_read_is_named() -> None:
    with pytest.raises(AttributeError, match="'topic' was not read from the database"):
        Record(host='a').topic  # noqa: B018
    assert not hasattr(Record(), 'topic')


def test_it_can_be_copied() -> None:
    record = Record(host='a')
    for other in (copy.copy(record), copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert other == record
        assert other.host == 'a'
