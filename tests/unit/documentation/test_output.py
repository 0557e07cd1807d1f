# SPDX-License-Identifier: Apache-2.0
"""When output is what a page shows."""

from __future__ import annotations

import pytest

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


def test_another_identity_or_time_is_no_other_output() -> None:
    shown = '| 5a733b00-bb4f-404c-a05f-dec3ee691361 | fa:16:3e:85:33:49 | 2026-11-21T20:47:52Z |'
    printed = '| 00000000-1111-2222-3333-dec3ee691361 | fa:16:3e:00:00:00 | 2027-01-01T00:00:00Z |'
    assert output.matches(shown, printed)
    assert not output.matches(shown, printed.replace('2027', '2036'))


@pytest.mark.parametrize(('shown', 'printed'), [
    ('| uptime | 23 min 55 s |', '| uptime | 7 s |'),
    ('| memory | 22 of 160 MiB (14 %) |', '| memory | 1.5 of 160.0 GiB (9 %) |'),
    ('| 14.6 KiB/s | 2.3 MiB | 2336 |', '| 0 B/s | 0 B | 0 |'),
    ('"used": 22, "rate": null', '"used": 160, "rate": 17'),
])
def test_figures_vary_where_the_page_says_so(shown: str, printed: str) -> None:
    assert output.matches(shown, printed, figures_vary=True)
    assert not output.matches(shown, printed)


@pytest.mark.parametrize(('shown', 'printed'), [
    ('| web1 | 3 |', '| web2 | 3 |'), ('| used | 3 |', '| used | - |'),
    ('"state": "running"', '"state": null'), ('| 3 |', '| 3 | 4 |'), ('3 %', '3 rpm')])
def test_words_and_columns_do_not_vary(shown: str, printed: str) -> None:
    assert not output.matches(shown, printed, figures_vary=True)
