# SPDX-License-Identifier: Apache-2.0
"""``openstack server diagnostics show``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from cliff.formatters import table
from osc_lib.command import command

from nova_ext.cli import client, columns, devices, osc
from nova_ext.cli.watch import command as watch


class ShowServerDiagnostics(command.ShowOne):
    """Show what is known about a server now, in any power state.

    A table has units, and tables of the vCPUs, NICs and disks beneath; other formats have the
    API's answer. What cannot be known is "-" or null.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Add the options."""
        parser = super().get_parser(prog_name)
        parser.add_argument('server', metavar='<server>', help='Server (name or ID)')
        parser.add_argument(
            '--all-projects', action='store_true',
            help='Look for the name in all projects (administrators only)')
        watch.add_option(parser)
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Show once, or again and again."""
        if parsed_args.watch is None:
            return super().run(parsed_args)
        return watch.run(self, parsed_args, lambda nova_ext: _watched(nova_ext, parsed_args))

    def take_action(
            self, parsed_args: argparse.Namespace) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """Ask once."""
        nova_ext = osc.make_client(self)
        server = nova_ext.find_server(
            parsed_args.server, all_projects=parsed_args.all_projects)
        found = nova_ext.diagnostics(server['id'])
        return tuple(found), tuple(
            columns.DIAGNOSTICS.get(key, columns.Figure)(value) for key, value in found.items())

    def produce_output(
            self, parsed_args: argparse.Namespace, column_names: Sequence[str],
            data: Iterable[Any]) -> int:
        """Print; in a table, the devices in tables of their own."""
        if parsed_args.formatter != 'table':
            return super().produce_output(parsed_args, column_names, list(data))
        chosen, selector = self._generate_columns_and_selector(parsed_args, column_names)
        cells = dict(zip(chosen, self._compress_iterable(data, selector) if selector else data))
        known = {name: details for name in devices.TABLES if name in cells
                 for details in [cells[name].machine_readable()] if details is not None}
        plain = {name: cell for name, cell in cells.items() if name not in known}
        formatter = table.TableFormatter()
        if plain:
            formatter.emit_one(
                list(plain), list(plain.values()), self.app.stdout, parsed_args)
        for name, details in known.items():
            for headings, rows in devices.TABLES[name](details) if details else ():
                formatter.emit_list(headings, rows, self.app.stdout, parsed_args)
        return 0


def _watched(nova_ext: client.Client, args: argparse.Namespace) -> watch.Subject:
    """The server that is to be watched."""
    server = nova_ext.find_server(args.server, all_projects=args.all_projects)

    def make_view(heights: str) -> Any:
        from nova_ext.cli.watch import view

        return view.View(server.get('name') or server['id'], args.watch, heights)

    return watch.Subject(
        {'server_id': server['id']}, lambda: nova_ext.diagnostics(server['id']), make_view)
