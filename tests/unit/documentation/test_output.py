# SPDX-License-Identifier: Apache-2.0
"""Printed output that matches what a page shows."""

from __future__ import annotations

import ddt

from tests.unit import base
from tools.documentation import output

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


@ddt.ddt
class TestMatches(base.TestCase):
    """Whether a command printed what its page shows."""

    def assert_matches_page(self, shown: str, printed: str, *, figures_vary: bool = False) -> None:
        self.assertTrue(output.matches(shown, printed, figures_vary=figures_vary))

    def assert_differs(self, shown: str, printed: str, *, figures_vary: bool = False) -> None:
        self.assertFalse(output.matches(shown, printed, figures_vary=figures_vary))

    def test_dots_match_lines_and_parts_of_lines(self) -> None:
        self.assert_matches_page(SHOWN, PRINTED)

    def test_another_value_differs(self) -> None:
        self.assert_differs(SHOWN, PRINTED.replace('12', '13'))

    def test_missing_line_differs(self) -> None:
        self.assert_differs(SHOWN, PRINTED.replace('| id            | 12          |\n', ''))

    def test_additional_line_differs_unless_dots_stand_for_it(self) -> None:
        self.assert_differs('one\n', 'one\ntwo\n')
        self.assert_matches_page('one\n...\n', 'one\ntwo\n')

    def test_special_characters_of_patterns_stand_for_themselves(self) -> None:
        self.assert_matches_page('[a] (b) *', '[a] (b) *')
        self.assert_differs('[a]', 'a')

    def test_colours_are_ignored(self) -> None:
        self.assert_matches_page('up', '\x1b[32mup\x1b[0m')

    def test_blanks_around_dots_are_optional(self) -> None:
        self.assert_matches_page('... "name": "web2"...', '        "name": "web2",\n')
        self.assert_matches_page('{\n...\n"b": 2\n}', '{\n  "b": 2\n}')
        self.assert_differs('... "name": "web2"...', '"name": "web1",')

    def test_uuids_mac_addresses_and_times_may_be_others(self) -> None:
        shown = ('| 5a733b00-bb4f-404c-a05f-dec3ee691361 | fa:16:3e:85:33:49 | '
                 '2026-11-21T20:47:52Z |')
        printed = ('| 00000000-1111-2222-3333-dec3ee691361 | fa:16:3e:00:00:00 | '
                   '2027-01-01T00:00:00Z |')
        self.assert_matches_page(shown, printed)
        self.assert_differs(shown, printed.replace('2027', '2036'))

    @ddt.data(
        ('| uptime | 23 min 55 s |', '| uptime | 7 s |'),
        ('| memory | 22 of 160 MiB (14 %) |', '| memory | 1.5 of 160.0 GiB (9 %) |'),
        ('| 14.6 KiB/s | 2.3 MiB | 2336 |', '| 0 B/s | 0 B | 0 |'),
        ('"used": 22, "rate": null', '"used": 160, "rate": 17'))
    @ddt.unpack
    def test_figures_may_be_others_only_where_the_page_says_so(
            self, shown: str, printed: str) -> None:
        self.assert_matches_page(shown, printed, figures_vary=True)
        self.assert_differs(shown, printed)

    @ddt.data(
        ('| web1 | 3 |', '| web2 | 3 |'), ('| used | 3 |', '| used | - |'),
        ('"state": "running"', '"state": null'), ('| 3 |', '| 3 | 4 |'), ('3 %', '3 rpm'))
    @ddt.unpack
    def test_words_and_columns_differ_where_figures_may_be_others(
            self, shown: str, printed: str) -> None:
        self.assert_differs(shown, printed, figures_vary=True)
