# SPDX-License-Identifier: Apache-2.0
"""How the commands of a page are found."""

from __future__ import annotations

import pytest

from tests.documentation import blocks

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


def test_blocks_with_their_languages_and_lines() -> None:
    found = find()
    assert [(block.language, block.line) for block in found] == [
        ('console', 8), ('console', 26), ('console', 35), ('ini', 39)]
    assert found[3].text == '[DEFAULT]\n# a comment\ndebug = true\n'
    for block in found:
        assert block.lines[0] in PAGE.splitlines()[block.line - 1]


def test_commands_with_their_output() -> None:
    first, second = blocks.commands(find()[0])
    assert (first.line, first.text) == (8, 'openstack server list')
    assert first.output == '+----+\n| ID |\n\n+----+'
    assert (second.line, second.text) == (13, 'cat > file <<END\none\n\n  two\nEND')
    assert second.output == ''


def test_where_commands_run() -> None:
    without, compute, nowhere, _ = find()
    assert without.marker is None
    assert blocks.commands(without)[0].marker == blocks.Marker('client')
    assert compute.marker == blocks.Marker('compute 2', status=2)
    assert nowhere.marker == blocks.Marker(
        'nowhere', reason='it takes a registry of images')


def test_commands_for_contributors_are_of_the_checkout() -> None:
    block = find(page='contributor/testing.rst')[0]
    assert blocks.commands(block)[0].marker == blocks.Marker('checkout')


def test_an_interrupted_command() -> None:
    [block] = find('.. runs on: client, for 5 s\n\n.. code-block:: console\n\n   $ top\n')
    assert block.marker == blocks.Marker('client', seconds=5)


@pytest.mark.parametrize('marker', [
    'nowhere', 'client, because I say so', 'compute, ends well', 'compute, for ever'])
def test_a_marker_that_cannot_be_read_is_refused(marker: str) -> None:
    with pytest.raises(blocks.BadPage, match=r'page\.rst:3: cannot read'):
        find(f'.. runs on: {marker}\n\n.. code-block:: console\n\n   $ true\n')


def test_output_without_a_command_is_refused() -> None:
    [block] = find('.. code-block:: console\n\n   total 0\n')
    with pytest.raises(blocks.BadPage, match=r'page\.rst:3: no prompt: total 0'):
        blocks.commands(block)


def test_a_dockerfile() -> None:
    [block] = find('.. runs on: new host\n\n.. code-block:: docker\n\n'
                   '   FROM image\n   COPY a.whl /tmp/\n   RUN pip install /tmp/a.whl\n')
    assert [command.text for command in blocks.commands(block)] == [
        'cp a.whl /tmp/', 'pip install /tmp/a.whl']


def test_commands_that_nothing_would_try_are_found() -> None:
    assert blocks.stray_prompts(PAGE) == []
    assert blocks.stray_prompts('So::\n\n   $ openstack server list\n') == [
        '   $ openstack server list']
