# SPDX-License-Identifier: Apache-2.0
"""Values and lines of a configuration file."""

from __future__ import annotations

import ddt

from nova_ext.cmd.edits import lines
from tests.unit import base


@ddt.ddt
class TestValueOf(base.TestCase):
    def value(self, text: str, option: str = 'key') -> str:
        """Return the value of an option of the section ``a``."""
        start, end = lines.value_of(text, 'a', option)
        return text[start:end]

    @ddt.data(
        '[a]\nkey=v w\n', '[a]\nkey = v w', '[a]\nkey: v w  \n', '[a]\r\nkey =\tv w\r\n',
        '[a]\nkey = x\nkey = v w\n', '[a]\nkey = x\n[b]\nkey = y\n[a]\nkey = v w\n',
        '[a]\n# key = x\n; key = y\nkey = v w\n#key = z\n',
        '[a]\nkey-2 = x\nkey = v w\nkey_2 = y\n',
        '\x0c[a]\n[a]\nkey = v w\n')
    def test_value_is_found(self, text: str) -> None:
        self.assertEqual('v w', self.value(text))

    @ddt.data(
        ('[a]\nkey = v\n  w\n\tx\nb = c\n', 'v\n  w\n\tx'),
        ('[a]\nkey = v\n# between\n  w\nb = c\n', 'v\n# between\n  w'),
        ('[a]\nkey =\n  v\n', '\n  v'), ('[a]\nkey =\n', ''))
    @ddt.unpack
    def test_value_goes_on_over_lines(self, text: str, value: str) -> None:
        self.assertEqual(value, self.value(text))

    @ddt.data('', '[a]\n', 'key = v\n', '[b]\nkey = v\n', '[a]\n#key = v\n', '[a]\nkey2 = v\n')
    def test_option_that_is_not_set_is_an_error(self, text: str) -> None:
        with self.assert_raises(ValueError, r'there is no key in \[a\]'):
            self.value(text)


@ddt.ddt
class TestSplit(base.TestCase):
    @ddt.data('', 'a', 'a\n', 'a\r\nb\rc\n', 'a\x0cb\u2028c\x85\n')
    def test_lines_together_are_the_text(self, text: str) -> None:
        self.assertEqual(text, ''.join(lines.split(text)))

    def test_only_ends_of_lines_end_a_line(self) -> None:
        self.assertEqual(['a\x0cb\u2028c\n', 'd\r\n', 'e'], lines.split('a\x0cb\u2028c\nd\r\ne'))
