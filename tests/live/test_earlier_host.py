# SPDX-License-Identifier: Apache-2.0
"""A cloud in which one host still has nova-ext 1.1, between one with 1.2 and one without."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from sandbox import state
from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from tests.live import console_offsets, domain_metadata, earlier_api
from tests.live.conftest import PLUGIN_HOST
from tests.live.console_log import NumberedLines, live_migrate

pytestmark = [pytest.mark.earlier_cloud, pytest.mark.usefixtures('stock_host_disabled')]

EARLIER_HOST = 2

#: What version 1.2 has added to a device.
ADDED = {
    'cpu_details': {'wait', 'delay'},
    'nic_details': {'port_id', 'device', 'network_id'},
    'disk_details': {'device', 'bus', 'volume_id', 'boot_index', 'read_time', 'write_time',
                     'flush_requests', 'flush_time'},
}


@pytest.fixture(scope='module')
def earlier(cloud: state.State, boot: Callable[..., Guest]) -> Guest:
    """A guest on the host with nova-ext 1.1."""
    assert cloud.options.earlier_host == EARLIER_HOST
    return boot(host=EARLIER_HOST)


@pytest.fixture(scope='module')
def lines(boot: Callable[..., Guest]) -> NumberedLines:
    """A guest that begins on the host with nova-ext 1.2."""
    return NumberedLines(boot(host=PLUGIN_HOST))


def test_figures_of_1_1_are_told_and_what_1_2_adds_is_null(api: Api, earlier: Guest) -> None:
    before = api.diagnostics(earlier.id, '1.1')
    found = api.diagnostics(earlier.id, '1.2')
    after = api.diagnostics(earlier.id, '1.1')
    assert before['uptime'] <= found['uptime'] <= after['uptime']
    assert found['state'] == 'running'
    assert found['state_reason'] is None
    assert found['guest_agent'] is None
    for kind, added in ADDED.items():
        for old, new, later in zip(before[kind], found[kind], after[kind], strict=True):
            assert set(new) - set(old) == added
            assert {new[name] for name in added} == {None}
            for name in old:
                if isinstance(old[name], int) and 'rate' not in name and 'util' not in name:
                    assert old[name] <= new[name] <= later[name], name
    assert found['disk_details'][0]['read_bytes'] > 0


def test_host_of_1_1_is_named_where_many_hosts_are_asked(
        api: Api, earlier: Guest, lines: NumberedLines) -> None:
    reason = 'a version that cannot tell about many servers'
    name = earlier.host.name
    body = api.get('/nova-ext/diagnostics', nova_ext='1.2')
    told = {one['server_id'] for one in body['diagnostics'] if one['state']}
    assert lines.guest.id in told
    assert earlier.id not in told
    assert reason in body['missing_hosts'][name]
    [hypervisor] = api.get(f'/os-hypervisors?hypervisor_hostname_pattern={name}')['hypervisors']
    refused = api.request(
        'GET', f'/os-hypervisors/{hypervisor["id"]}/diagnostics', nova_ext='1.2')
    assert refused.status_code == 503
    assert reason in refused.json()['serviceUnavailable']['message']


def test_log_by_offset_is_refused_with_what_to_do_instead(api: Api, earlier: Guest) -> None:
    answer = api.request('GET', f'/servers/{earlier.id}/console-log',
                         headers=console_offsets.HEADERS)
    assert answer.status_code == 404
    assert re.search('runs no nova-ext that serves API version 1.2.* See os-getConsoleOutput.',
                     answer.json()['itemNotFound']['message'])


def test_rename_reaches_the_domain_on_a_host_of_1_1(api: Api, earlier: Guest) -> None:
    api.call('PUT', f'/servers/{earlier.id}', {'server': {'name': 'renamed-on-1-1'}})
    wait_for('the name is in the domain', lambda: {
        domain_metadata.read_metadata(earlier, option)['name'] for option in ('', '--inactive')
    } == {'renamed-on-1-1'}, timeout=30)


def test_history_follows_live_migration_to_1_1_and_back(api: Api, lines: NumberedLines) -> None:
    lines.print(1000)  # so few that virtlogd has one file when it is looked at first
    begins, before = console_offsets.read_all(api, lines.guest)
    assert begins == 0
    for number in (EARLIER_HOST, PLUGIN_HOST):
        live_migrate(lines.guest, number)
        lines.print(500)
        lines.check_output()
        lines.check_files()
    # The offsets begin anew far behind: none of before means another byte now.
    begins, text = console_offsets.read_all(api, lines.guest)
    assert begins > len(before.encode())
    assert f'n={lines.last:06d} ' in text
    domain_metadata.check(lines.guest, within=30)


@pytest.mark.parametrize('end', ['revertResize', 'confirmResize'])
def test_history_follows_a_resize_to_1_1_and_back(
        api: Api, lines: NumberedLines, end: str) -> None:
    guest = lines.guest
    for number in (EARLIER_HOST, PLUGIN_HOST):
        if guest.host.number == number:
            continue
        guest.act('migrate', {'host': f'stack{number}'}, until='VERIFY_RESIZE')
        guest.wait_ready()
        lines.print(200)
        guest.act(end, until='ACTIVE')
        guest.wait_ready()
        lines.print(200)
        lines.check_output()


def test_server_that_leaves_a_host_of_1_1_is_told_in_full(
        api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=EARLIER_HOST)
    live_migrate(guest, PLUGIN_HOST)
    found: dict[str, Any] = api.diagnostics(guest.id, '1.2')
    assert found['state_reason']
    assert found['nic_details'][0]['port_id'] == api.get(
        f'/servers/{guest.id}/os-interface')['interfaceAttachments'][0]['port_id']
    assert found['disk_details'][0]['device'] == 'vda'


def test_api_of_1_1_is_told_what_it_knows_by_every_host(
        api: Api, earlier: Guest, lines: NumberedLines) -> None:
    with earlier_api.running() as older:
        assert older.get('/nova-ext', nova_ext='latest')['version']['max_version'] == '1.1'
        for guest in (earlier, lines.guest):
            before = older.diagnostics(guest.id, '1.1')
            found = api.diagnostics(guest.id, '1.1')
            assert set(before) == set(found)
            for kind in ADDED:
                assert [set(one) for one in before[kind]] == [set(one) for one in found[kind]]
            assert before['disk_details'][0]['read_bytes'] > 0
            assert before['uptime'] <= found['uptime']
        assert older.request('GET', '/nova-ext/diagnostics', nova_ext='1.2').status_code == 406
