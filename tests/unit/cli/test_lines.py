# SPDX-License-Identifier: Apache-2.0
"""Answers as lines of JSON, and errors as lines of text."""

from __future__ import annotations

import datetime
import json

from nova_ext.cli import exceptions
from nova_ext.cli.watch import lines
from tests.unit.cli import base
from tests.unit.cli.answers import make_answer


class TestLines(base.PipeTestCase):
    def test_each_answer_is_written_as_a_line_at_once(self) -> None:
        reader, output = self.make_pipe()
        lines.Lines(output, output, {'server_id': '7'}, ['uptime']).show(make_answer(1.25))
        self.assertEqual(
            '{"timestamp": "2026-11-21T12:00:01.250Z", "server_id": "7", "uptime": 3725}\n',
            reader.readline())

    def test_line_has_all_columns_unless_some_are_chosen(self) -> None:
        reader, output = self.make_pipe()
        lines.Lines(output, output, {'server_id': '7'}, []).show(make_answer(2))
        self.assertEqual(list(make_answer(2).body.items()),
                         list(json.loads(reader.readline()).items())[2:])

    def test_unknown_column_raises(self) -> None:
        _, output = self.make_pipe()
        with self.assert_raises(exceptions.ClientError, r"column names in \['x'\]"):
            lines.Lines(output, output, {'server_id': '7'}, ['x']).show(make_answer(1))

    def test_error_is_written_as_a_line_to_stderr(self) -> None:
        reader, errors = self.make_pipe()
        _, output = self.make_pipe()
        noon = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)
        lines.Lines(output, errors, {}, []).complain(noon, exceptions.Refused(503, 'down'))
        self.assertEqual('2026-11-21T12:00:00.000Z down (HTTP 503)\n', reader.readline())
