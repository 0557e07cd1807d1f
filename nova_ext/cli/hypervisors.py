# SPDX-License-Identifier: Apache-2.0
"""``openstack hypervisor status list``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from osc_lib.command import command

from nova_ext.cli import client, columns, osc, versions

#: Each column: its heading, the key in the API's answer, how it is shown.
_COLUMNS = (
    ('ID', 'id', columns.Figure),
    ('Hypervisor Hostname', 'hypervisor_hostname', columns.Figure),
    ('State', 'state', columns.Figure),
    ('Status', 'status', columns.Figure),
    ('Disabled Reason', 'disabled_reason', columns.Figure),
)
_LONG = (
    ('Forced Down', 'forced_down', columns.YesNo),
    ('Last Seen Up', 'last_seen_up', columns.Figure),
    ('Maintenance', 'maintenance', columns.Window),
    ('Missing Records', 'missing_records', columns.Words),
)

_FILTERS = ('state', 'status', 'host', 'aggregate', 'availability_zone')


class ListHypervisorStatus(command.Lister):
    """List hypervisors with their state and status, and why they are disabled.

    No compute host is asked, so the list is complete however many of them are silent.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Add the options."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--state', choices=('up', 'down'),
            help='Only hypervisors in this state (needs nova-ext 1.1)')
        parser.add_argument(
            '--status', choices=('enabled', 'disabled'),
            help='Only hypervisors with this status (needs nova-ext 1.1)')
        parser.add_argument(
            '--host', metavar='<host>', action='append',
            help='Only hypervisors of this compute host (repeat for any of several; needs '
                 'nova-ext 1.2)')
        parser.add_argument(
            '--aggregate', metavar='<aggregate>', action='append',
            help='Only hypervisors whose host is in this aggregate, an ID or a name (repeat for '
                 'any of several; needs nova-ext 1.2)')
        parser.add_argument(
            '--availability-zone', metavar='<zone>', action='append',
            help='Only hypervisors whose host is in this zone (repeat for any of several; needs '
                 'nova-ext 1.2)')
        parser.add_argument(
            '--long', action='store_true',
            help='Also whether it is forced down, when it reported last, announced maintenance '
                 "and which of Nova's records are missing (needs nova-ext 1.1)")
        return parser

    def take_action(
            self, parsed_args: argparse.Namespace) -> tuple[tuple[str, ...], Iterable[Any]]:
        """Ask and lay out."""
        nova_ext = osc.make_client(self)
        if parsed_args.long:
            versions.check('--long', '1.1', nova_ext.negotiate(client.HYPERVISORS))
        found, down_cells = nova_ext.hypervisors(
            {name: getattr(parsed_args, name) for name in _FILTERS})
        for uuid, name in down_cells.items():
            self.log.warning(
                'The database of cell %s (%s) does not answer: its hypervisors are not in this '
                'list.', name, uuid)
        shown = (*_COLUMNS, *(_LONG if parsed_args.long else ()))
        return (
            tuple(heading for heading, _, _ in shown),
            [[form(_value(one, key)) for _, key, form in shown] for one in found])


def _value(hypervisor: client.Body, key: str) -> Any:
    """A value of a hypervisor's or, the reason, of its service's."""
    if key == 'disabled_reason':
        return client.disabled_reason(hypervisor)
    return hypervisor.get(key)
