# SPDX-License-Identifier: Apache-2.0
"""The view on a pseudo-terminal, in a process of its own."""

from __future__ import annotations

import os
import signal
import sys

import ddt

from nova_ext.cli.watch import graphs
from sandbox import settings
from tests.live.terminal import Terminal
from tests.unit import base

#: Shows an answer again and again, as the command does.
PROGRAM = '''
import os, signal, sys
from rich import live
from nova_ext.cli import exceptions
from nova_ext.cli.watch import loop, screen, view
from tests.unit.cli import answers

def ask():
    if sys.argv[1] == 'trouble':
        raise exceptions.Refused(503, 'stack1 is down.')
    return answers.make_body()

class Interrupted(view.View):
    def __rich_console__(self, *arguments):
        os.kill(os.getpid(), signal.SIGINT)
        yield from super().__rich_console__(*arguments)

if sys.argv[1] == 'drawing':
    view.View = Interrupted
if sys.argv[1] == 'leaving':
    stop = live.Live.stop
    live.Live.stop = lambda self: (os.kill(os.getpid(), signal.SIGINT), stop(self))

with screen.Screen(sys.stdout, lambda heights: view.View('web1', 0.5, heights)) as sink:
    loop.run(ask, sink, 0.5)
'''

ENTER = b'\x1b[?1049h'
LEAVE = b'\x1b[?25h\x1b[?1049l'


@ddt.ddt
class TestScreen(base.TestCase):
    def start(self, case: str = '', columns: int = 80, lines: int = 24,
              **environment: str) -> Terminal:
        """Start the program on a terminal."""
        path = os.pathsep.join([str(settings.CHECKOUT), *sys.path])
        terminal = Terminal(
            [sys.executable, '-c', PROGRAM, case],
            {'PYTHONPATH': path, 'PYTHONIOENCODING': 'utf-8', **environment}, columns, lines)
        self.addCleanup(terminal.__exit__, None, None, None)
        return terminal

    def is_drawn(self, terminal: Terminal, columns: int) -> bool:
        """Return whether the view has one row for the memory, as on a terminal that wide."""
        rows = [line for line in terminal.lines() if line.startswith('memory')]
        return len(rows) == 1 and rows[0].find('of 512 MiB') == (
            columns - 16 if columns > 60 else -1)

    @ddt.data('q', '\x03')
    def test_terminal_is_as_it_was_when_the_view_is_left(self, key: str) -> None:
        terminal = self.start()
        terminal.wait_row('disk 0 written', 30)
        self.assertEqual((True, 0), (terminal.screen.cursor.hidden, terminal.scrolled()))
        self.assertNotEqual(terminal.modes_before, terminal.modes())
        terminal.type(key)
        terminal.wait_exit(20)
        self.assert_eventually(lambda: LEAVE in terminal.received, 20)
        self.assertEqual(terminal.modes_before, terminal.modes())
        self.assertTrue(terminal.received.startswith(ENTER))
        self.assertNotRegex(terminal.received, rb'\x1b\[[0-9;]*m')  # no colours

    def test_terminal_is_as_it_was_after_ctrl_c_in_the_first_drawing(self) -> None:
        terminal = self.start('drawing')
        terminal.wait_exit(30)
        self.assert_eventually(lambda: LEAVE in terminal.received, 20)
        self.assertEqual(terminal.modes_before, terminal.modes())

    def test_terminal_is_as_it_was_after_a_second_ctrl_c(self) -> None:
        terminal = self.start('leaving')
        terminal.wait_row('disk 0 written', 30)
        terminal.type('\x03')
        terminal.wait_exit(20)
        self.assert_eventually(lambda: LEAVE in terminal.received, 20)
        self.assertEqual(terminal.modes_before, terminal.modes())

    def test_view_follows_the_size_of_the_terminal(self) -> None:
        terminal = self.start(COLUMNS='200', LINES='60')
        terminal.wait_row('vCPU 0', 30)
        for columns, lines in ((40, 12), (120, 30), (80, 24)):
            terminal.resize(columns, lines)
            self.assert_eventually(lambda: self.is_drawn(terminal, columns), 20)  # noqa: B023

    def test_error_is_shown(self) -> None:
        terminal = self.start('trouble')
        self.assert_eventually(lambda: any(
            'stack1 is down. (HTTP 503)' in line for line in terminal.lines()), 30)

    def test_terminal_without_blocks_gets_ascii(self) -> None:
        terminal = self.start(LC_ALL='C', PYTHONIOENCODING='ascii')
        row = terminal.wait_row('vCPU 0', 30)
        self.assertTrue(set(row[34:].split('  ')[0]) <= set(graphs.ASCII), row)
        terminal.type('q')
        terminal.wait_exit(20)
        self.assertTrue(terminal.received.isascii())

    def test_shell_gets_its_terminal_while_the_view_is_suspended(self) -> None:
        terminal = self.start()
        terminal.wait_row('vCPU 0', 30)
        os.kill(terminal.process.pid, signal.SIGTSTP)
        self.assert_eventually(lambda: terminal.received.endswith(LEAVE), 20)
        self.assertEqual(terminal.modes_before, terminal.modes())
        os.kill(terminal.process.pid, signal.SIGCONT)
        self.assert_eventually(lambda: terminal.received.count(ENTER) == 2, 20)
        terminal.wait_row('vCPU 0', 20)
        self.assertNotEqual(terminal.modes_before, terminal.modes())
