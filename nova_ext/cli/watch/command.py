# SPDX-License-Identifier: Apache-2.0
"""The option ``--watch`` and what it starts."""

from __future__ import annotations

import argparse
import math
import os
from typing import Any, Optional, TextIO

from nova_ext.cli import exceptions, osc
from nova_ext.cli.watch import loop

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
            'out, put --watch behind the server)')
    return value


def run(command: Any, args: argparse.Namespace) -> int:
    """Watch a server until somebody ends it.

    :returns: the exit code
    :raises nova_ext.cli.exceptions.ClientError: there is nothing more to see, such as when the
        server was deleted
    """
    # It needs what only POSIX has; the rest of the command does not.
    from nova_ext.cli.watch import lines

    output: TextIO = command.app.stdout
    sink: loop.Sink
    try:
        nova_ext = osc.make_client(command, TIMEOUT)
        server = nova_ext.find_server(args.server, all_projects=args.all_projects)
        if args.formatter == 'json' or not can_redraw(output):
            sink = lines.Lines(output, command.app.stderr, server['id'], args.columns)
        elif args.columns:
            raise exceptions.ClientError(
                '--column chooses from lines of JSON: add -f json, or leave it out for the view.')
        else:
            sink = _screen(output, server.get('name') or server['id'], args.watch)
        with sink:
            loop.run(lambda: nova_ext.diagnostics(server['id']), sink, args.watch)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        forget(output)
    return 0


def can_redraw(output: TextIO) -> bool:
    """Whether there is a terminal that can be redrawn in place."""
    return output.isatty() and os.environ.get('TERM', 'dumb') not in ('dumb', 'unknown')


def _screen(output: TextIO, name: str, interval: float) -> loop.Sink:
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
    return screen.Screen(output, name, interval)


def forget(output: Optional[TextIO]) -> None:
    """Let what nobody reads any more go nowhere, and Python end without a word about it."""
    if output is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, output.fileno())
        os.close(nowhere)
