# SPDX-License-Identifier: Apache-2.0
"""When output is what a page shows."""

from __future__ import annotations

from tests.documentation import output

SHOWN = '''\
+-------+------+
| Field | ...  |
+-------+------+
| id    | 12   |
...
+-------+------+
'''

PRINTED = '''\
+---------------+-------------+
| Field         | Value       |
+---------------+-------------+
| id            | 12          |
| name          | web1        |
+---------------+-------------+

'''


def test_what_varies_is_left_out() -> None:
    assert output.matches(SHOWN, PRINTED)


def test_another_value_is_seen() -> None:
    assert not output.matches(SHOWN, PRINTED.replace('12', '13'))


def test_a_missing_line_is_seen() -> None:
    assert not output.matches(SHOWN, PRINTED.replace('| id            | 12          |\n', ''))


def test_a_line_more_is_seen() -> None:
    assert not output.matches('one\n', 'one\ntwo\n')
    assert output.matches('one\n...\n', 'one\ntwo\n')


def test_brackets_mean_themselves() -> None:
    assert output.matches('[a] (b) *', '[a] (b) *')
    assert not output.matches('[a]', 'a')


def test_colours_do_not_count() -> None:
    assert output.matches('up', '\x1b[32mup\x1b[0m')


def test_blanks_around_what_varies_need_not_be_there() -> None:
    assert output.matches('... "name": "web2"...', '        "name": "web2",\n')
    assert output.matches('{\n...\n"b": 2\n}', '{\n  "b": 2\n}')
    assert not output.matches('... "name": "web2"...', '"name": "web1",')
