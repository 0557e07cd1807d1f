# SPDX-License-Identifier: Apache-2.0
"""The console log by offset, compared with virtlogd's own files on the hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import NumberedLines, live_migrate, log_files
from tests.live.console_offsets import HEADERS, read, read_all

pytestmark = pytest.mark.usefixtures('stock_host_disabled')


@pytest.fixture(scope='module')
def lines(boot: Callable[..., Guest]) -> Iterator[NumberedLines]:
    """Their numbers continue through the whole module."""
    yield NumberedLines(boot(host=PLUGIN_HOST))


def read_files(guest: Guest) -> bytes:
    """All that virtlogd keeps of what a guest has printed."""
    return b''.join(file.read_bytes() for file in log_files(guest.console_log()))


@pytest.mark.essential
def test_parts_are_those_of_the_files(api: Api, lines: NumberedLines) -> None:
    lines.print(1000)
    guest = lines.guest
    before = read_files(guest)
    for limit in (1024 * 1024, 4099, 997):
        begins, text = read_all(api, guest, limit=limit)
        assert begins == 0
        # The guest may print meanwhile.
        assert text.encode().startswith(before)
        assert read_files(guest).startswith(text.encode())
    tail, end = read(api, guest, -64), read(api, guest, 10 ** 15)
    assert tail['next'] - tail['start'] == 64
    assert read_files(guest)[tail['start']:tail['next']] == tail['text'].encode()
    assert (end['text'], end['oldest']) == ('', 0)
    assert tail['next'] <= end['start'] == end['next'] <= len(read_files(guest))


@pytest.mark.essential
def test_offsets_stay_true_over_rotation_and_moves(api: Api, lines: NumberedLines) -> None:
    guest = lines.guest
    before, known = read_all(api, guest)
    for number in (OTHER_PLUGIN_HOST, PLUGIN_HOST):
        live_migrate(guest, number)
        lines.print(7000)  # so many that virtlogd drops what came with the guest
        begins, text = read_all(api, guest)
        overlap = known[begins - before:]
        assert begins >= before
        assert text.startswith(overlap)
        before, known = begins, text
    assert read(api, guest, 0)['start'] == read(api, guest, 0)['oldest'] == before > 0
    guest.act('os-stop', until='SHUTOFF')
    assert read_all(api, guest)[0] == before


def test_old_versions_and_hosts_without_it_say_404(
        api: Api, member_api: Api, lines: NumberedLines) -> None:
    path = f'/servers/{lines.guest.id}/console-log'
    assert api.request('GET', path, headers={
        'OpenStack-API-Version': 'compute 2.90, nova-ext 1.1'}).status_code == 404
    assert member_api.request('GET', path, headers=HEADERS).status_code in (403, 404)
