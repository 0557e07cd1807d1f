# SPDX-License-Identifier: Apache-2.0
"""The option ``--watch`` and what it starts."""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

from nova_ext.cli import client, exceptions, osc
from nova_ext.cli.watch import loop
from nova_ext.cli.watch.output import forget

if TYPE_CHECKING:
    from nova_ext.cli.watch import screen

#: Seconds between two answers, when nobody says; and what may be said.
INTERVAL, SHORTEST, LONGEST = 2.0, 0.5, 3600.0

#: Seconds to wait for an answer: nova-ext waits 10 for a compute host.
TIMEOUT = 20


def add_option(parser: argparse.ArgumentParser) -> None:
    """Let a command take ``--watch``."""
    parser.add_argument(
        '--watch', metavar='<seconds>', nargs='?', const=INTERVAL, type=seconds,
        help='Ask again and again, by default every 2 seconds, until q or Ctrl-C: redrawn in '
             'place with graphs on a terminal, one JSON object a line elsewhere or with -f json')


def seconds(text: str) -> float:
    """An interval.

    :raises argparse.ArgumentTypeError: it is none, or out of bounds
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not SHORTEST <= value <= LONGEST:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no number of seconds from {SHORTEST:g} to {LONGEST:g} (to leave it "
            'out, put --watch behind the name)')
    return value


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is watched."""

    #: The keys by which each line of JSON says what it is of.
    identity: dict[str, Any]
    #: Asks the API once.
    ask: Callable[[], dict[str, Any]]
    #: Makes the view, of the heights that graphs can have; rich is imported then.
    make_view: Callable[[str], screen.View]


def run(
        command: Any, args: argparse.Namespace,
        find: Callable[[client.Client], Subject]) -> int:
    """Watch something until somebody ends it.

    :param find: what
    :returns: the exit code
    :raises nova_ext.cli.exceptions.ClientError: there is nothing more to see, such as when the
        server was deleted
    """
    # It needs what only POSIX has; the rest of the command does not.
    from nova_ext.cli.watch import lines

    output: TextIO = command.app.stdout
    sink: loop.Sink
    if args.formatter not in ('table', 'json'):
        raise exceptions.ClientError(
            '--watch shows a view, or lines of JSON with -f json: other formats do not go '
            'with it.')
    try:
        subject = find(osc.make_client(command, TIMEOUT))
        if args.formatter == 'json' or not can_redraw(output):
            sink = lines.Lines(output, command.app.stderr, subject.identity, args.columns)
        elif args.columns:
            raise exceptions.ClientError(
                '--column chooses from lines of JSON: add -f json, or leave it out for the view.')
        else:
            sink = _screen(output, subject.make_view)
        with sink:
            loop.run(subject.ask, sink, args.watch)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        forget(output)
    return 0


def can_redraw(output: TextIO) -> bool:
    """Whether there is a terminal that can be redrawn in place."""
    return output.isatty() and os.environ.get('TERM', 'dumb') not in ('dumb', 'unknown')


def _screen(output: TextIO, make_view: Callable[[str], screen.View]) -> loop.Sink:
    """The view on a terminal.

    :raises nova_ext.cli.exceptions.ClientError: what draws it is not installed
    """
    try:
        from nova_ext.cli.watch import screen
    except ModuleNotFoundError as error:
        if (error.name or '').partition('.')[0] != 'rich':
            raise
        raise exceptions.ClientError(
            "The view needs the Python package 'rich' (python3-rich in Debian): install it, or "
            'add -f json for lines of JSON.') from error
    return screen.Screen(output, make_view)
