# SPDX-License-Identifier: Apache-2.0
"""``openstack server host status list``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from osc_lib.cli import parseractions
from osc_lib.command import command

from nova_ext.cli import columns, osc

RULE = 'os_compute_api:servers:show:host_status'

STATUSES = ('UP', 'DOWN', 'UNKNOWN', 'MAINTENANCE', 'NEEDS_MAINTENANCE')

#: Each column: its heading, the key in the API's answer, how it is shown.
_COLUMNS = (
    ('ID', 'id', columns.Figure),
    ('Name', 'name', columns.Figure),
    ('Status', 'status', columns.Figure),
    ('Host Status', 'host_status', columns.Figure),
)
_LONG = (
    ('Host Maintenance', 'host_maintenance', columns.Window),
    ('Host Status Reason', 'host_status_reason', columns.Reason),
    ('Host Status Since', 'host_status_since', columns.Figure),
    ('Host', 'OS-EXT-SRV-ATTR:host', columns.Figure),
    ('Availability Zone', 'OS-EXT-AZ:availability_zone', columns.Figure),
    ('Power State', 'OS-EXT-STS:power_state', columns.PowerState),
    ('Task State', 'OS-EXT-STS:task_state', columns.Figure),
)
_PROJECT = (('Project ID', 'tenant_id', columns.Figure),)


class ListServerHostStatus(command.Lister):
    """List servers with the status of their hosts.

    UP, DOWN (forced down), UNKNOWN (not heard of), MAINTENANCE (disabled) or NEEDS_MAINTENANCE
    (up, and maintenance is announced); none for a server that is on no host.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Add the options."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--host-status', metavar='<status>', action='append', type=str.upper,
            choices=STATUSES,
            help='Only servers whose host has this status, one of %(choices)s (repeat for any of '
                 'several; needs nova-ext 1.1)')
        parser.add_argument(
            '--all-projects', action='store_true',
            help='Servers of all projects (administrators only)')
        parser.add_argument(
            '--long', action='store_true',
            help='Also the announced maintenance, what the status was judged by and since when it '
                 'is so (from nova-ext 1.2), host, zone, power and task state')
        parser.add_argument(
            '--limit', metavar='<limit>', type=int, action=parseractions.NonNegativeAction,
            help='How many servers at most (default: all)')
        parser.add_argument(
            '--marker', metavar='<server>',
            help='The last server of the page before (name or ID)')
        return parser

    def take_action(
            self, parsed_args: argparse.Namespace) -> tuple[tuple[str, ...], Iterable[Any]]:
        """Ask and lay out."""
        nova_ext = osc.make_client(self)
        marker = parsed_args.marker and nova_ext.find_server(
            parsed_args.marker, all_projects=parsed_args.all_projects)['id']
        servers, down_cells = nova_ext.servers({
            'host_status': parsed_args.host_status,
            'all_tenants': int(parsed_args.all_projects),
            'marker': marker}, parsed_args.limit)
        for uuid, name in down_cells.items():
            self.log.warning(
                'The database of cell %s (%s) does not answer: servers in it may be missing from '
                'this list.', name, uuid)
        if servers and not any('host_status' in server for server in servers):
            self.log.warning(
                'You may not see the status of hosts: that needs the rule %s.', RULE)
        shown = [
            *_COLUMNS, *(_LONG if parsed_args.long else ()),
            *(_PROJECT if parsed_args.all_projects else ())]
        return (
            tuple(heading for heading, _, _ in shown),
            [[form(server.get(key)) for _, key, form in shown] for server in servers])
