# SPDX-License-Identifier: Apache-2.0
"""``openstack server console log follow``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TextIO

from osc_lib.cli import parseractions
from osc_lib.command import command

from nova_ext.cli import following, osc

#: Lines that are printed first, when nobody says.
LINES = 10

#: Seconds to wait for an answer: nova-ext waits 10 for a compute host.
TIMEOUT = 30


class FollowServerConsoleLog(command.Command):
    """Print what a server prints on its console, until Ctrl-C or until it is deleted.

    It goes on through reboots and migrations. What the guest printed is written as it is, with its
    control characters; what is to be said about it goes to the standard error.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Add the options."""
        parser = super().get_parser(prog_name)
        parser.add_argument('server', metavar='<server>', help='Server (name or ID)')
        parser.add_argument(
            '--lines', metavar='<lines>', type=int, default=LINES,
            action=parseractions.NonNegativeAction,
            help='Number of existing lines to print first (default: %(default)s)')
        parser.add_argument(
            '--port', metavar='<port>', type=int, choices=following.PORTS, default=0,
            help='The serial port, 0 to 3; the operator or the image has those after the first '
                 'logged (default: %(default)s)')
        parser.add_argument(
            '--all-projects', action='store_true',
            help='Look for the name in all projects (administrators only)')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Follow the log."""
        # It needs what only POSIX has; the rest of the command does not.
        from nova_ext.cli.watch.follow import follow

        output: TextIO = self.app.stdout

        def make_follower(wait: Callable[[float], bool]) -> following.Follower:
            nova_ext = osc.make_client(self, TIMEOUT)
            server = nova_ext.find_server(
                parsed_args.server, all_projects=parsed_args.all_projects)
            return following.make_follower(
                nova_ext, server['id'], output, self.app.stderr, wait, parsed_args.port)

        follow(make_follower, parsed_args.lines, output)
