# SPDX-License-Identifier: Apache-2.0
"""Every command in the documentation has the exit status and output that its page shows."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests import pages
from tests.live import host_operations
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tools.documentation import blocks, developing, places

PAGES = [page for page in blocks.pages() if pages.commands(page)]


@pytest.fixture(scope='module')
def servers(api: Api) -> Iterator[dict[str, Guest]]:
    """The servers that the pages use, by name."""
    found = {
        f'web{host}': Guest.boot(
            api, name=f'web{host}', host=host, flavor='duo', config_drive=True, wait=False)
        for host in (PLUGIN_HOST, OTHER_PLUGIN_HOST)}
    try:
        for guest in found.values():
            guest.wait_status('ACTIVE')
            guest.wait_ready()
        yield found
    finally:
        for guest in found.values():
            guest.delete()


def cloud_state(api: Api) -> dict[str, Any]:
    """What the commands of a page may change and must restore."""
    return {
        'services': sorted((service['host'], service['status'], service['forced_down'])
                           for service in api.get('/os-services?binary=nova-compute')['services']),
        'aggregates': api.get('/os-aggregates')['aggregates'],
        'servers': sorted((server['name'], server['status'])
                          for server in api.get('/servers/detail')['servers']),
    }


def restore(api: Api, before: dict[str, Any], servers: dict[str, Guest]) -> None:
    """Undo what a failed page has changed, so that the pages after it do not fail as well."""
    for host, status, forced_down in before['services']:
        path = f'/os-services/{host_operations.show_service(api, host)["id"]}'
        api.request('PUT', path, body={'forced_down': forced_down})
        api.request('PUT', path, body={'status': status})
    known = {aggregate['id'] for aggregate in before['aggregates']}
    for aggregate in api.get('/os-aggregates')['aggregates']:
        if aggregate['id'] not in known:
            path = f'/os-aggregates/{aggregate["id"]}'
            for host in aggregate['hosts']:
                api.request('POST', f'{path}/action', body={'remove_host': {'host': host}})
            api.request('DELETE', path)
    for name, guest in servers.items():
        api.request('PUT', f'/servers/{guest.id}', body={'server': {'name': name}})
        api.request('POST', f'/servers/{guest.id}/action', body={'os-start': None})
        with contextlib.suppress(LookupError):
            os.kill(guest.process.pid, signal.SIGCONT)


@pytest.mark.slow
@pytest.mark.parametrize('page', PAGES, ids=blocks.name)
def test_documented_commands_work(
        page: pathlib.Path, api: Api, servers: dict[str, Guest],
        tmp_path: pathlib.Path) -> None:
    before = cloud_state(api)
    try:
        with places.opened(tmp_path) as opened:
            for command in pages.commands(page):
                place = command.marker.place
                if place == blocks.NOWHERE:
                    warnings.warn(
                        f'not run, because {command.marker.reason}: {command.text}',
                        stacklevel=1)
                elif place == blocks.CHECKOUT:
                    where = f'{blocks.name(page)}:{command.line}: {command.text}'
                    assert developing.problem(command.text) is None, where
                elif place not in places.ELSEWHERE:
                    pages.run_and_compare(page, command, opened.shell(place))
        assert cloud_state(api) == before
    except BaseException:
        restore(api, before, servers)
        raise
