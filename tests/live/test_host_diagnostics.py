# SPDX-License-Identifier: Apache-2.0
"""The diagnostics of all servers of a host, and of many hosts."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from tests.live import domain_metadata
from tests.live.conftest import PLUGIN_HOST
from tests.live.timing import timed

#: ``[nova_ext] libvirt_timeout``, and what a busy machine may add.
LIBVIRT_TIMEOUT = 2
SLACK = 3

LIST = '/nova-ext/diagnostics'

#: What tells which server it is about.
IDENTITY = ('server_id', 'server_name', 'project_id', 'host', 'responding')

#: What does not go on from one request to the next, and what does.
CONSTANT = ('state', 'state_reason', 'driver', 'hypervisor', 'hypervisor_os', 'num_cpus',
            'num_nics', 'num_disks', 'config_drive')
DEVICES = {'nic_details': ('mac_address', 'port_id', 'network_id', 'device'),
           'disk_details': ('device', 'bus', 'volume_id', 'boot_index')}
COUNTERS = {'cpu_details': ('time', 'delay'),
            'nic_details': ('rx_octets', 'rx_packets', 'tx_octets', 'tx_packets'),
            'disk_details': ('read_bytes', 'read_requests', 'read_time', 'write_bytes')}


@pytest.fixture(scope='module')
def guests(boot: Callable[..., Guest]) -> list[Guest]:
    """Four guests on a host with the plugin, the last of which is shut off."""
    booting = [boot(host=PLUGIN_HOST, wait=False) for _ in range(4)]
    for guest in booting:
        guest.wait_booted()
    booting[3].act('os-stop', until='SHUTOFF')
    return booting


@pytest.fixture(scope='module')
def hypervisor(api: Api) -> str:
    """The UUID of their host's hypervisor."""
    [found] = api.get(
        f'/os-hypervisors?hypervisor_hostname_pattern=stack{PLUGIN_HOST}')['hypervisors']
    return str(found['id'])


def _entries(api: Api, path: str) -> dict[str, Any]:
    """Return the servers of a page by their UUIDs."""
    return {one['server_id']: one for one in api.get(path, nova_ext='1.2')['diagnostics']}


def _check_counters(first: dict[str, Any], later: dict[str, Any]) -> None:
    """Check that no counter has gone back from one answer to the next."""
    for kind, names in COUNTERS.items():
        assert len(first[kind]) == len(later[kind])
        for old, new in zip(first[kind], later[kind]):
            for name in names:
                assert (old[name] is None) == (new[name] is None), name
                assert old[name] is None or old[name] <= new[name], name


@pytest.mark.essential
def test_figures_agree_with_those_of_single_requests(
        api: Api, guests: list[Guest], hypervisor: str) -> None:
    before = {guest.id: api.diagnostics(guest.id, '1.2') for guest in guests}
    found = _entries(api, f'/os-hypervisors/{hypervisor}/diagnostics')
    after = {guest.id: api.diagnostics(guest.id, '1.2') for guest in guests}
    for guest in guests:
        entry, single = found[guest.id], before[guest.id]
        shown = guest.show()
        assert [entry[name] for name in IDENTITY] == [
            guest.id, shown['name'], shown['tenant_id'], f'stack{PLUGIN_HOST}', True]
        assert set(entry) == {*single, *IDENTITY}
        assert [entry[name] for name in CONSTANT] == [single[name] for name in CONSTANT]
        assert entry['memory_details']['maximum'] == single['memory_details']['maximum']
        for kind, names in DEVICES.items():
            assert [[one[name] for name in names] for one in entry[kind]] == [
                [one[name] for name in names] for one in single[kind]]
        _check_counters(single, entry)
        _check_counters(entry, after[guest.id])
        if entry['state'] == 'running':
            assert single['uptime'] <= entry['uptime'] <= after[guest.id]['uptime']
            assert entry['disk_details'][0]['read_bytes'] > 0
    assert found[guests[3].id]['state'] == 'shutdown'


@pytest.mark.essential
def test_utilisation_and_memory_are_those_of_single_requests(
        api: Api, guests: list[Guest], hypervisor: str) -> None:
    running = guests[:3]

    def known() -> bool:
        found = _entries(api, f'/os-hypervisors/{hypervisor}/diagnostics')
        return all(found[guest.id]['memory_details']['used'] and
                   found[guest.id]['cpu_details'][0]['utilisation'] is not None and
                   found[guest.id]['nic_details'][0]['rx_rate'] is not None for guest in running)

    wait_for('memory is reported', known, timeout=40)
    found = _entries(api, f'/os-hypervisors/{hypervisor}/diagnostics')
    for guest in running:
        single = api.diagnostics(guest.id, '1.2')
        assert abs(single['memory_details']['used'] -
                   found[guest.id]['memory_details']['used']) <= 8


@pytest.mark.essential
def test_guest_that_hangs_does_not_hold_up_the_others(
        api: Api, guests: list[Guest], hypervisor: str) -> None:
    hung, others = guests[0], guests[1:3]
    path = f'/os-hypervisors/{hypervisor}/diagnostics'
    before = _entries(api, path)[hung.id]
    with stopped(hung.process.pid):
        # The first may find it out, though the state of the process tells.
        for bound in (2 * LIBVIRT_TIMEOUT + SLACK, LIBVIRT_TIMEOUT):
            seconds, found = timed(lambda: _entries(api, path))
            assert seconds < bound
            for guest in others:
                assert found[guest.id]['responding'] is True
                assert found[guest.id]['disk_details'][0]['read_bytes'] > 0
                assert found[guest.id]['cpu_details'][0]['time'] > 0
            entry = found[hung.id]
            assert (entry['responding'], entry['state']) == (False, 'running')
            assert entry['memory_details']['used'] is None
            assert entry['disk_details'][0]['read_bytes'] is None
            assert entry['disk_details'][0]['device'] == 'vda'
            assert entry['cpu_details'][0]['time'] >= before['cpu_details'][0]['time']
            assert entry['nic_details'][0]['rx_octets'] >= before['nic_details'][0]['rx_octets']
            assert entry['uptime'] >= before['uptime']
            assert found[guests[3].id]['responding'] is True  # it is shut off
        assert _entries(api, LIST)[hung.id]['responding'] is False
    wait_for('it answers again', lambda: _entries(api, path)[hung.id]['responding'], timeout=30)


def test_metadata_that_cannot_be_refreshed_is_counted(
        api: Api, guests: list[Guest], hypervisor: str) -> None:
    guest, name = guests[0], guests[0].host.name

    def failures() -> int:
        body = api.get(f'/os-hypervisors/{hypervisor}/diagnostics', nova_ext='1.2')
        assert body['host_failures'] == api.get(
            f'{LIST}?host={name}', nova_ext='1.2')['host_failures']
        return int(body['host_failures'][name]['metadata'])

    before = failures()
    with stopped(guest.process.pid):
        # libvirt changes nothing of a guest while another client waits for its QEMU.
        waiting = subprocess.Popen(
            guest.host.command('virsh', 'qemu-monitor-command', guest.id, '--hmp', 'info status'),
            stdout=subprocess.DEVNULL)
        api.call('PUT', f'/servers/{guest.id}', {'server': {'name': f'held-{uuid.uuid4().hex}'}})
        wait_for('the failure is counted', lambda: failures() > before, timeout=30)
    assert waiting.wait(30) == 0
    domain_metadata.check(guest, within=90)


@pytest.mark.essential
def test_paused_guest_is_told_why(api: Api, guests: list[Guest], hypervisor: str) -> None:
    guests[1].act('pause', until='PAUSED')
    try:
        entry = _entries(api, f'/os-hypervisors/{hypervisor}/diagnostics')[guests[1].id]
        assert (entry['state'], entry['state_reason'], entry['responding']) == (
            'paused', 'requested', True)
        assert entry['disk_details'][0]['read_bytes'] > 0
    finally:
        guests[1].act('unpause', until='ACTIVE')


@pytest.mark.essential
def test_pages_and_filters(api: Api, guests: list[Guest]) -> None:
    project = guests[0].show()['tenant_id']
    query = f'?host=stack{PLUGIN_HOST}&project_id={project}'
    whole = list(_entries(api, LIST + query))
    assert {guest.id for guest in guests} <= set(whole)
    assert whole == sorted(whole)
    paged: list[str] = []
    path = f'{LIST}{query}&limit=2'
    while path:
        body = api.get(path, nova_ext='1.2')
        paged += [one['server_id'] for one in body['diagnostics']]
        links = body.get('diagnostics_links', [])
        path = links[0]['href'].partition('/v2.1')[2] if links else ''
    assert paged == whole
    assert list(_entries(api, f'{LIST}{query}&host_status=UP')) == whole
    assert _entries(api, f'{LIST}{query}&host_status=DOWN') == {}
