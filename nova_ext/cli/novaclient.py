# SPDX-License-Identifier: Apache-2.0
"""The same data for those who still use ``nova``; novaclient finds ``do_...`` by itself."""

from __future__ import annotations

import argparse
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from keystoneauth1 import adapter as ksa_adapter
from novaclient import utils

from nova_ext.cli import (
    announcements,
    client,
    columns,
    devices,
    following,
    host_figures,
    maintenance,
    units,
)


@utils.arg('server', metavar='<server>', help='Name or ID of server.')
def do_ext_diagnostics(cs: Any, args: argparse.Namespace) -> None:
    """Show what is known about a server now, in any power state."""
    nova_ext = _client(cs)
    found = nova_ext.diagnostics(nova_ext.find_server(args.server)['id'])
    tables = {name: found.pop(name) for name in devices.TABLES}
    utils.print_dict({
        key: columns.DIAGNOSTICS.get(key, columns.Figure)(value).human_readable()
        for key, value in found.items()})
    for name, details in tables.items():
        for headings, rows in devices.TABLES[name](details) if details else ():
            _print(headings, rows)


@utils.arg('--host-status', metavar='<status>', action='append',
           help='Only servers whose host has this status (repeat for any of several).')
@utils.arg('--all-tenants', action='store_true', help='Servers of all projects (Admin only).')
def do_ext_host_status_list(cs: Any, args: argparse.Namespace) -> None:
    """List servers with the status of their hosts."""
    servers, down_cells = _client(cs).servers(
        {'host_status': args.host_status, 'all_tenants': int(args.all_tenants)})
    _print(['ID', 'Name', 'Status', 'Host Status', 'Host Maintenance'], (
        [form(server.get(key)).human_readable() for key, form in (
            ('id', columns.Figure), ('name', columns.Figure), ('status', columns.Figure),
            ('host_status', columns.Figure), ('host_maintenance', columns.Window))]
        for server in servers))
    for uuid, name in down_cells.items():
        print(f'The database of cell {name} ({uuid}) does not answer: servers in it may be '
              'missing from this list.')


@utils.arg('--state', metavar='<state>', help='Only hypervisors that are up, or down.')
@utils.arg('--status', metavar='<status>', help='Only hypervisors that are enabled, or disabled.')
def do_ext_hypervisor_status_list(cs: Any, args: argparse.Namespace) -> None:
    """List hypervisors with their state and status, and why they are disabled."""
    found, down_cells = _client(cs).hypervisors({'state': args.state, 'status': args.status})
    _print(['ID', 'Hypervisor hostname', 'State', 'Status', 'Disabled reason'], (
        [one['id'], one['hypervisor_hostname'], one['state'], one.get('status') or units.UNKNOWN,
         client.disabled_reason(one) or units.UNKNOWN] for one in found))
    for uuid, name in down_cells.items():
        print(f'The database of cell {name} ({uuid}) does not answer: its hypervisors are not in '
              'this list.')


@utils.arg('host', metavar='<host>', help='Compute host (name of its service).')
@utils.arg('--start', metavar='<time>', required=True,
           help='When it begins, in ISO 8601 with a time zone.')
@utils.arg('--end', metavar='<time>', required=True, help='When it ends, in the same form.')
@utils.arg('--reason', metavar='<text>', help='Why.')
def do_ext_hypervisor_maintenance_set(cs: Any, args: argparse.Namespace) -> None:
    """Announce maintenance of a host, in place of what was set for it before."""
    maintenance.Maintenance(_client(cs)).announce(
        args.host, args.start, args.end, args.reason)


@utils.arg('host', metavar='<host>', help='Compute host (name of its service).')
def do_ext_hypervisor_maintenance_unset(cs: Any, args: argparse.Namespace) -> None:
    """Take back the maintenance that was set for a host."""
    kept = maintenance.Maintenance(_client(cs)).take_back(args.host)
    if kept:
        print(kept)


def do_ext_hypervisor_maintenance_list(cs: Any, args: argparse.Namespace) -> None:
    """List the maintenance that is announced for hosts."""
    _print(announcements.HEADINGS, (
        [columns.Figure(cell).human_readable() for cell in announcements.row(one)]
        for one in maintenance.Maintenance(_client(cs)).list_all()))


@utils.arg('hypervisor', metavar='<hypervisor>', help='Name or ID of hypervisor, or its host.')
@utils.arg('--sort', metavar='<key>', choices=tuple(host_figures.KEYS), default='cpu',
           help='What the servers are sorted by: cpu, memory, rx, tx or disk.')
def do_ext_hypervisor_diagnostics(cs: Any, args: argparse.Namespace) -> None:
    """Show what every server on a hypervisor's host uses now."""
    found = host_figures.read(_client(cs), args.hypervisor, args.sort)
    _print(['ID', 'Name', 'State', 'CPU', 'Memory', 'RX', 'TX', 'Disk'], (
        [line.server_id, line.name, line.state or units.UNKNOWN, units.percent(line.cpu),
         units.mebibytes(line.memory), units.rate(line.rx), units.rate(line.tx),
         units.octets(line.disk)] for line in found))


@utils.arg('server', metavar='<server>', help='Name or ID of server.')
@utils.arg('--lines', metavar='<lines>', type=int, default=10,
           help='Number of existing lines to print first.')
@utils.arg('--port', metavar='<port>', type=int, choices=following.PORTS, default=0,
           help='The serial port, 0 to 3.')
def do_ext_console_log_follow(cs: Any, args: argparse.Namespace) -> None:
    """Print what a server prints on its console, until Ctrl-C or until it is deleted."""
    # It needs what only POSIX has; the rest of the commands does not.
    from nova_ext.cli.watch.follow import follow

    def make_follower(wait: Callable[[float], bool]) -> following.Follower:
        nova_ext = _client(cs)
        return following.make_follower(
            nova_ext, nova_ext.find_server(args.server)['id'], sys.stdout, sys.stderr, wait,
            args.port)

    follow(make_follower, max(0, args.lines), sys.stdout)


def _client(cs: Any) -> client.Client:
    """A client for nova-ext's API with novaclient's session and options."""
    theirs = cs.client
    return client.Client(ksa_adapter.Adapter(
        theirs.session, service_type=theirs.service_type, service_name=theirs.service_name,
        interface=theirs.interface, region_name=theirs.region_name,
        endpoint_override=theirs.endpoint_override, auth=theirs.auth,
        default_microversion=cs.api_version.get_string()))


def _print(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table in novaclient's style, in the order that the API has chosen."""
    names = [heading.lower().replace(' ', '_') for heading in headings]
    utils.print_list(
        [types.SimpleNamespace(**dict(zip(names, row))) for row in rows], list(headings),
        sortby_index=None)
