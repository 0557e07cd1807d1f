# SPDX-License-Identifier: Apache-2.0
"""The commands in the pages, and where they run."""

from __future__ import annotations

import ddt

from tests.unit import base
from tools.documentation import blocks

PAGE = '''\
Title
=====

Text with ``$ no command``.

.. code-block:: console

   $ openstack server list
   +----+
   | ID |

   +----+
   $ cat > file <<END
   > one
   >
   >   two
   > END

#. In a list:

   .. runs on: compute 2, ends with 2

   .. code-block:: console
      :emphasize-lines: 1

      # nova-ext-status upgrade check

Text right after.

.. runs on: nowhere, because it takes a registry
   of images

.. code-block:: console

   $ docker build .

.. code-block:: ini

   [DEFAULT]
   # a comment
   debug = true
'''


def find(text: str = PAGE, page: str = 'user/page.rst') -> list[blocks.Block]:
    return blocks.find(blocks.SOURCES / page, text)


class TestBlocks(base.TestCase):
    def test_blocks_have_languages_lines_and_text(self) -> None:
        found = find()
        self.assertEqual([('console', 8), ('console', 26), ('console', 35), ('ini', 39)],
                         [(block.language, block.line) for block in found])
        self.assertEqual('[DEFAULT]\n# a comment\ndebug = true\n', found[3].text)
        for block in found:
            self.assertIn(block.lines[0], PAGE.splitlines()[block.line - 1])

    def test_console_block_has_commands_with_their_output(self) -> None:
        first, second = blocks.commands(find()[0])
        self.assertEqual((8, 'openstack server list'), (first.line, first.text))
        self.assertEqual('+----+\n| ID |\n\n+----+', first.output)
        self.assertEqual(
            (13, 'cat > file <<END\none\n\n  two\nEND'), (second.line, second.text))
        self.assertEqual('', second.output)

    def test_output_without_a_command_raises(self) -> None:
        [block] = find('.. code-block:: console\n\n   total 0\n')
        with self.assert_raises(blocks.BadPage, r'page\.rst:3: no prompt: total 0'):
            blocks.commands(block)

    def test_prompts_outside_of_console_blocks_are_found(self) -> None:
        self.assertEqual([], blocks.stray_prompts(PAGE))
        self.assertEqual(['   $ openstack server list'],
                         blocks.stray_prompts('So::\n\n   $ openstack server list\n'))


@ddt.ddt
class TestMarkers(base.TestCase):
    def test_block_has_the_marker_before_it(self) -> None:
        without, compute, nowhere, _ = find()
        self.assertIsNone(without.marker)
        self.assertEqual(blocks.Marker('compute 2', status=2), compute.marker)
        self.assertEqual(blocks.Marker('nowhere', reason='it takes a registry of images'),
                         nowhere.marker)

    def test_commands_run_on_the_client_by_default(self) -> None:
        self.assertEqual(blocks.Marker('client'), blocks.commands(find()[0])[0].marker)

    def test_commands_for_contributors_run_in_the_checkout_by_default(self) -> None:
        block = find(page='contributor/testing.rst')[0]
        self.assertEqual(blocks.Marker('checkout'), blocks.commands(block)[0].marker)

    def test_marker_may_say_when_a_command_is_interrupted(self) -> None:
        [block] = find('.. runs on: client, for 5 s\n\n.. code-block:: console\n\n   $ top\n')
        self.assertEqual(blocks.Marker('client', seconds=5), block.marker)

    @ddt.data('nowhere', 'client, because I say so', 'compute, ends well', 'compute, for ever')
    def test_invalid_marker_raises(self, marker: str) -> None:
        with self.assert_raises(blocks.BadPage, r'page\.rst:3: cannot read'):
            find(f'.. runs on: {marker}\n\n.. code-block:: console\n\n   $ true\n')
