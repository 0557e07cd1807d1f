# SPDX-License-Identifier: Apache-2.0
"""The commands for maintenance with real clients of two ages, over Nova's own API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from nova.compute import api as compute_api

from tests.clients.conftest import Clients

MAINTENANCE = ('openstack', 'hypervisor', 'maintenance')
WINDOW = ('--start', '2036-12-01T03:00+01:00', '--end', '2036-12-01T06:00Z')
START, END = '2036-12-01T02:00:00Z', '2036-12-01T06:00:00Z'
NAME = 'nova-ext-maintenance-stack2'


@pytest.fixture(autouse=True)
def nova_without_placement(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nova tells placement and the schedulers about aggregates; neither is there."""
    for name in ('placement_client', 'query_client'):
        monkeypatch.setattr(compute_api.AggregateAPI, name, mock.Mock(), raising=False)
    yield


def read(clients: Clients) -> list[dict[str, Any]]:
    """Return what is announced for ``stack2``."""
    rows = json.loads(clients.output(*MAINTENANCE, 'list', '-f', 'json'))
    return [row for row in rows if row['Host'] == 'stack2']


def test_openstackclient_announces_replaces_and_takes_back(clients: Clients) -> None:
    assert read(clients) == []
    for reason in ('new switch', 'new fans'):
        assert not clients.output(*MAINTENANCE, 'set', 'stack2', *WINDOW, '--reason', reason)
        assert read(clients) == [{
            'Host': 'stack2', 'Start': START, 'End': END, 'Reason': reason, 'Aggregate': NAME,
            'State': 'upcoming'}]
    shown = clients.output('openstack', 'hypervisor', 'status', 'list', '--long')
    assert f' from {START} to {END} (new fans) ' in shown
    for _ in range(2):
        assert not clients.output(*MAINTENANCE, 'unset', 'stack2')
        assert read(clients) == []


def test_novaclient_announces_and_takes_back(clients: Clients) -> None:
    clients.output('nova', 'ext-hypervisor-maintenance-set', 'stack2', *WINDOW)
    assert f'| stack2 | {START} | {END} | -      | {NAME} | upcoming |' in clients.output(
        'nova', 'ext-hypervisor-maintenance-list')
    clients.output('nova', 'ext-hypervisor-maintenance-unset', 'stack2')
    assert read(clients) == []


def test_errors_are_one_sentence(clients: Clients) -> None:
    assert clients.error(
        *MAINTENANCE, 'set', 'stack2', '--start', '2036-12-01T02:00', '--end', END).startswith(
            "--start '2036-12-01T02:00' has no time zone: ")
    assert clients.error(*MAINTENANCE, 'set', 'nowhere', *WINDOW).endswith('(HTTP 404)')
    # The cloud of these tests announces maintenance of stack1 in an aggregate of its own.
    assert ' announces maintenance of stack1 already ' in clients.error(
        *MAINTENANCE, 'set', 'stack1', *WINDOW)
    assert 'os-aggregates:index' in clients.as_user('member').error(*MAINTENANCE, 'list')
    assert {row['Host'] for row in json.loads(
        clients.output(*MAINTENANCE, 'list', '-f', 'json'))} == {'stack1'}


@pytest.mark.parametrize('word', ['set', 'unset', 'list'])
def test_command_has_help(clients: Clients, word: str) -> None:
    shown = clients.output(*MAINTENANCE, word, '--help')
    assert shown.startswith(f'usage: {" ".join(MAINTENANCE)} {word} ')
