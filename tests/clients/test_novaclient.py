# SPDX-License-Identifier: Apache-2.0
"""The commands of novaclient's extension."""

from __future__ import annotations

from tests.clients.conftest import Clients, Cloud


def test_diagnostics(clients: Clients, cloud: Cloud) -> None:
    for server in ('web1', cloud.web1):
        lines = clients.output('nova', 'ext-diagnostics', server).splitlines()
        assert '| memory_details | 256 of 512 MiB (50 %) |' in lines
        assert '| uptime         | 1 h 00 min            |' in lines
        assert '| config_drive   | yes                   |' in lines
        assert '| 0    | 15 % | 17.3 s | 0.2 s   | -      |' in lines
    assert '| uptime         | -            |' in clients.output(
        'nova', 'ext-diagnostics', 'web2 (b|')


def test_host_status_list(clients: Clients) -> None:
    shown = clients.output('nova', 'ext-host-status-list')
    assert 'NEEDS_MAINTENANCE | from 2036-12-01T02:00:00Z to 2036-12-01T06:00:00Z |' in shown
    assert ' other ' not in shown
    assert ' other ' in clients.output('nova', 'ext-host-status-list', '--all-tenants')
    narrowed = clients.output('nova', 'ext-host-status-list', '--host-status', 'MAINTENANCE')
    assert ' web1 ' not in narrowed and ' web2 (b| ' in narrowed


def test_hypervisor_status_list(clients: Clients) -> None:
    shown = clients.output('nova', 'ext-hypervisor-status-list')
    assert '| stack2.example.org  | up    | disabled | new fans        |' in shown
    assert '| gone.example.org    | down  | -        | -               |' in shown
    assert 'gone' not in clients.output('nova', 'ext-hypervisor-status-list', '--state', 'up')
    assert 'stack1' not in clients.output(
        'nova', 'ext-hypervisor-status-list', '--status', 'disabled')


def test_missing_server_is_an_error(clients: Clients) -> None:
    assert clients.error('nova', 'ext-diagnostics', 'nowhere') == (
        "ERROR (NoSuchServer): There is no server with the name or ID 'nowhere'.")
