# SPDX-License-Identifier: Apache-2.0
"""The options of ``sandbox/stack up``."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import ddt

from sandbox import cli, cloud, locks
from sandbox.settings import Options
from tests.unit import base


@ddt.ddt
class TestUp(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.wanted: list[Options] = []
        self.patch(cloud, 'up', self.wanted.append)
        self.patch(locks, 'cloud', contextlib.nullcontext)

    @ddt.data(
        ([], Options()), (['--root', '--hosts', '3'], Options(root=True, hosts=3)),
        (['--contained', '--stock-host', '2'], Options(contained=True, stock_host=2)),
        (['--earlier-host', '2'], Options(earlier_host=2)),
        (['--debian'], Options(debian=True, nova='26', virt_type='qemu')))
    @ddt.unpack
    def test_options_are_those_of_the_command_line(
            self, words: Sequence[str], expected: Options) -> None:
        self.assertEqual(0, cli.main(['up', *words]))
        self.assertEqual([expected], self.wanted)

    @ddt.data(
        (['--hosts', '2', '--stock-host', '3'], 'There is no host 3 among 2.'),
        (['--earlier-host', '3'], 'There is no host 3 among 2.'),
        (['--earlier-host', '2', '--stock-host', '2'], '--earlier-host takes a host with the'),
        (['--contained', '--root'], '--contained goes neither with --root nor with --stock.'),
        (['--contained', '--stock'], '--contained goes neither with --root nor with --stock.'),
        (['--contained', '--debian'], '--debian goes with --hosts, --stock and --stock-host'))
    @ddt.unpack
    def test_options_that_exclude_each_other_are_named(
            self, words: Sequence[str], message: str) -> None:
        output = self.capture_output('stderr')
        self.assertEqual(1, cli.main(['up', *words]))
        self.assertIn(message, output.getvalue())
        self.assertEqual([], self.wanted)
