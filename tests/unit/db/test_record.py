# SPDX-License-Identifier: Apache-2.0
"""Rows by key and by attribute."""

from __future__ import annotations

import copy
import pickle

from nova_ext.db.record import Record
from tests.unit import base


class TestRecord(base.TestCase):
    def test_columns_are_keys_and_attributes(self) -> None:
        record = Record(host='a', disabled=None)
        self.assertEqual(
            ('a', 'a', None), (record.host, record['host'], record.disabled))
        self.assertIn('host', record)
        self.assertIsNone(record.get('uuid'))

    def test_error_about_missing_column_names_it(self) -> None:
        with self.assert_raises(AttributeError, "'topic' was not read from the database"):
            Record(host='a').topic  # noqa: B018
        self.assertFalse(hasattr(Record(), 'topic'))

    def test_record_can_be_copied_and_pickled(self) -> None:
        record = Record(host='a')
        for other in (copy.copy(record), copy.deepcopy(record),
                      pickle.loads(pickle.dumps(record))):
            self.assertEqual(record, other)
            self.assertEqual('a', other.host)
