# SPDX-License-Identifier: Apache-2.0
"""``openstack hypervisor diagnostics show``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any

from osc_lib.command import command

from nova_ext.cli import client, columns, exceptions, host_figures, osc
from nova_ext.cli.watch import command as watch

#: Each column: its heading, what it shows of a server, how.
_COLUMNS: tuple[tuple[str, Callable[[host_figures.Line], Any], type[columns.Figure]], ...] = (
    ('ID', lambda line: line.server_id, columns.Figure),
    ('Name', lambda line: line.name, columns.Figure),
    ('State', lambda line: line.state, columns.Figure),
    ('Responding', lambda line: line.responding, columns.YesNo),
    ('CPU', lambda line: line.cpu, columns.Percent),
    ('Memory', lambda line: line.memory, columns.Mebibytes),
    ('RX', lambda line: line.rx, columns.Rate),
    ('TX', lambda line: line.tx, columns.Rate),
    ('Disk', lambda line: line.disk, columns.Octets),
)


class ShowHypervisorDiagnostics(command.Lister):
    """Show what every server on a hypervisor's host uses now, the one that uses most first.

    CPU is percent of one host CPU. Disks have what was read and written since the server was
    started, and with --watch what is in a second. What cannot be known is "-" or null.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Add the options."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'hypervisor', metavar='<hypervisor>', help='Hypervisor (name or ID), or its host')
        parser.add_argument(
            '--sort', choices=tuple(host_figures.KEYS), default='cpu',
            help='What the servers are sorted by, cpu by default')
        watch.add_option(parser)
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Show once, or again and again."""
        if parsed_args.watch is None:
            return int(super().run(parsed_args))
        return watch.run(self, parsed_args, lambda nova_ext: _watched(nova_ext, parsed_args))

    def take_action(
            self, parsed_args: argparse.Namespace) -> tuple[tuple[str, ...], Iterable[Any]]:
        """Ask once."""
        shown = host_figures.read(osc.make_client(self), parsed_args.hypervisor, parsed_args.sort)
        return (
            tuple(heading for heading, _, _ in _COLUMNS),
            [[form(value(line)) for _, value, form in _COLUMNS] for line in shown])


def _watched(nova_ext: client.Client, args: argparse.Namespace) -> watch.Subject:
    """The host that is to be watched."""
    if args.columns:
        raise exceptions.ClientError('--column does not go with --watch here: leave it out.')
    nova_ext.negotiate(client.HYPERVISOR_DIAGNOSTICS)
    hypervisor = nova_ext.find_hypervisor(args.hypervisor)

    def make_view(_: str) -> Any:
        from nova_ext.cli.watch import host_view

        return host_view.HostView(hypervisor['hypervisor_hostname'], args.watch, args.sort)

    return watch.Subject(
        {'hypervisor_id': hypervisor['id']},
        lambda: nova_ext.hypervisor_diagnostics(hypervisor['id']), make_view)
