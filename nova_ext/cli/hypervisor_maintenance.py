# SPDX-License-Identifier: Apache-2.0
"""``openstack hypervisor maintenance set``, ``unset`` and ``list``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from osc_lib.command import command

from nova_ext.cli import announcements, columns, osc


class SetHypervisorMaintenance(command.Command):
    """Announce maintenance of a host, in place of what was set for it before.

    Its servers are then NEEDS_MAINTENANCE until the window is over or the host is disabled. The
    host goes on taking servers.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Add the arguments."""
        parser = super().get_parser(prog_name)
        parser.add_argument('host', metavar='<host>', help='Compute host (name of its service)')
        parser.add_argument(
            '--start', metavar='<time>', required=True,
            help='When it begins: ISO 8601 with a time zone, such as 2026-12-01T02:00Z or '
                 '2026-12-01T03:00+01:00')
        parser.add_argument(
            '--end', metavar='<time>', required=True, help='When it ends, in the same form')
        parser.add_argument(
            '--reason', metavar='<text>',
            help='Why, for who may see the status of hosts (shown from nova-ext 1.2)')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Announce."""
        osc.make_maintenance(self).announce(
            parsed_args.host, parsed_args.start, parsed_args.end, parsed_args.reason)


class UnsetHypervisorMaintenance(command.Command):
    """Take back the maintenance that was set for a host."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Add the argument."""
        parser = super().get_parser(prog_name)
        parser.add_argument('host', metavar='<host>', help='Compute host (name of its service)')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Take it back."""
        kept = osc.make_maintenance(self).take_back(parsed_args.host)
        if kept:
            self.log.warning(kept)


class ListHypervisorMaintenance(command.Lister):
    """List the maintenance that is announced for hosts, by these commands or in other aggregates.

    What is over is in the list as long as an aggregate says it.
    """

    def take_action(
            self, parsed_args: argparse.Namespace) -> tuple[tuple[str, ...], Iterable[Any]]:
        """Ask and lay out."""
        return announcements.HEADINGS, [
            [columns.Figure(cell) for cell in announcements.row(one)]
            for one in osc.make_maintenance(self).list_all()]
