# SPDX-License-Identifier: Apache-2.0
"""Lines that are added to the end of a file, and taken away again."""

from __future__ import annotations

import hypothesis
from hypothesis import strategies

from nova_ext.cmd.edits import addition
from tests.unit import base

ADDED = ['[filter:a]', 'use = b']

#: What lines end with, and what is in them.
TEXTS = strategies.builds(
    lambda lines, end, tail: end.join(lines) + (end if tail else ''),
    strategies.lists(strategies.sampled_from(
        ['', 'a = b', '[c]', '# d', '\tx', '\udce9', *ADDED])),
    strategies.sampled_from(['\n', '\r\n']), strategies.booleans())


class TestAddition(base.TestCase):
    @hypothesis.given(TEXTS)
    def test_added_lines_are_taken_away_exactly(self, text: str) -> None:
        changed = addition.append(text, ADDED)
        self.assertIn('[filter:a]', changed.splitlines())
        self.assertEqual(text, addition.remove(changed, ADDED))

    def test_end_of_the_text_stays_its_end(self) -> None:
        for text in ('a\n', 'a'):
            self.assertEqual(text.endswith('\n'), addition.append(text, ADDED).endswith('\n'))

    def test_lines_that_were_changed_stay(self) -> None:
        text = addition.append('a\n', ADDED).replace('use = b', 'use = c')
        self.assertEqual(text, addition.remove(text, ADDED))
