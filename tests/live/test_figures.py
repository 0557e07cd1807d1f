# SPDX-License-Identifier: Apache-2.0
"""Diagnostics values, each compared with a source that does not use libvirt."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import state
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from tests.live.windows import TWO_INTERVALS, rates

KEYS = ['state', 'driver', 'hypervisor', 'hypervisor_os', 'uptime', 'num_cpus', 'num_nics',
        'num_disks', 'cpu_details', 'nic_details', 'disk_details', 'memory_details',
        'config_drive']

#: Percent of a CPU that the reported utilisation of a vCPU may be off.
TOLERANCE = 10

#: Octets of Ethernet, IP and ICMP around the payload of an echo request.
PING_HEADERS = 14 + 20 + 8


@pytest.mark.smoke
@pytest.mark.essential
def test_all_fields_are_present_and_correct(
        cloud: state.State, api: Api, guest: Guest) -> None:
    found = api.diagnostics(guest.id)
    assert list(found) == KEYS
    server = guest.show()
    assert found['state'] == 'running'
    assert found['driver'] == 'libvirt'
    assert found['hypervisor'] == cloud.virt_type
    if cloud.options.contained:  # this host's is not to be seen in the container
        assert found['hypervisor_os'] is None
    else:
        os_release = guest.host.run('cat', '/etc/os-release')
        assert f'\nID={found["hypervisor_os"]}\n' in os_release
    assert found['num_cpus'] == server['flavor']['vcpus'] == 2
    assert found['num_nics'] == 1
    assert found['num_disks'] == 2  # the root disk and the configuration drive
    assert found['config_drive'] is True
    assert [cpu['id'] for cpu in found['cpu_details']] == [0, 1]
    assert [disk['errors_count'] for disk in found['disk_details']] == [None, None]
    [[address]] = server['addresses'].values()
    assert found['nic_details'][0]['mac_address'] == address['OS-EXT-IPS-MAC:mac_addr']
    assert found['memory_details']['maximum'] == server['flavor']['ram'] == 160


@pytest.mark.essential
def test_memory_used_matches_guest_and_follows_changes(api: Api, guest: Guest) -> None:
    reported = []
    for held in (0, 48, 16):
        guest.ask(f'memory {held}')
        meminfo = guest.meminfo()
        expected = (meminfo['MemTotal'] - meminfo['MemAvailable']) / 1024
        reported.append(_wait_memory_used(api, guest, expected))
    assert reported[1] - reported[0] >= 40
    assert reported[1] - reported[2] >= 25


def _wait_memory_used(api: Api, guest: Guest, expected: float) -> int:
    """Wait until memory used is within 10 % of that; the guest updates it every 10 s."""
    def used() -> int | None:
        value: int | None = api.diagnostics(guest.id)['memory_details']['used']
        return value if value and abs(value - expected) <= 0.1 * expected else None

    return int(wait_for(f'used within 10 % of {expected:.1f} MiB', used))


@pytest.mark.slow
@pytest.mark.essential
def test_cpu_utilisation_matches_process_table(api: Api, guest: Guest) -> None:
    guest.ask('cpu 1')
    try:
        # On a very busy machine the guest may get too little CPU time for its vCPUs to differ.
        cpus, expected = wait_for(
            'one vCPU is busy', lambda: _utilisation(api, guest), timeout=300)
    finally:
        guest.ask('cpu 0')
    for cpu in cpus:
        (lowest, highest), (before, after) = expected[cpu['id']]
        assert lowest - TOLERANCE <= cpu['utilisation'] <= highest + TOLERANCE
        assert before - 0.5 <= cpu['time'] / 1e9 <= after + 0.5


def _utilisation(api: Api, guest: Guest) -> Any:
    """The reported vCPUs, and for each the range of its utilisation and of its CPU seconds.

    None if the first vCPU was not clearly busier than the second.
    """
    samples: list[tuple[float, dict[int, float]]] = []

    def sample() -> float:
        samples.append((time.monotonic(), guest.process.vcpu_seconds()))
        return samples[-1][0]

    began = sample()
    while sample() < began + TWO_INTERVALS:
        time.sleep(0.2)
    requested, before = samples[-1]
    cpus = api.diagnostics(guest.id)['cpu_details']
    answered, after = sample(), samples[-1][1]
    percents = {vcpu: rates([(moment, 100 * seconds[vcpu]) for moment, seconds in samples],
                            requested, answered) for vcpu in (0, 1)}
    if percents[0][0] - percents[1][1] <= 2 * TOLERANCE:
        return None
    return cpus, {vcpu: (percents[vcpu], (before[vcpu], after[vcpu])) for vcpu in (0, 1)}


@pytest.fixture
def probe(guest: Guest) -> Iterator[tuple[ComputeHost, str]]:
    """A host from which the guest can be pinged, and the guest's address."""
    [[port]] = guest.show()['addresses'].values()
    address = port['addr']
    guest.ask(f'net {address}/16')
    host = guest.host
    with host.probe(guest.device(), '10.9.200.1/16'):
        wait_for('ping reply', lambda: 'bytes from' in host.run(
            'sh', '-c', f'ping -c 1 -W 1 {address} || true'))
        yield host, address


def test_nic_octets_and_rates_match_known_transfer(
        api: Api, guest: Guest, probe: tuple[ComputeHost, str]) -> None:
    host, address = probe
    count, interval, payload = int(TWO_INTERVALS / 0.02) + 100, 0.02, 1000
    frame = payload + PING_HEADERS
    before = api.diagnostics(guest.id)['nic_details'][0]
    ping = subprocess.Popen(
        host.command('ping', '-D', '-i', str(interval), '-c', str(count), '-s', str(payload),
                     address), stdout=subprocess.PIPE, text=True)
    time.sleep(TWO_INTERVALS)
    requested = time.time()
    during = api.diagnostics(guest.id)['nic_details'][0]
    answered = time.time()
    printed = ping.communicate(timeout=180)[0]
    after = api.diagnostics(guest.id)['nic_details'][0]
    replies = [float(when) for when in re.findall(r'(?m)^\[([\d.]+)\] \d+ bytes from', printed)]
    assert replies[-1] > answered, 'the transfer ended before the response was received'
    size = len(replies) * frame
    # Two samples per reply, before and after it: so a pause between two replies counts, too.
    lowest, highest = rates([(moment, (number + step) * frame)
                             for number, moment in enumerate(replies) for step in (0, 1)],
                            requested, answered)
    for way in ('rx', 'tx'):
        octets = after[f'{way}_octets'] - before[f'{way}_octets']
        assert size <= octets <= 1.01 * size + 1000
        packets = after[f'{way}_packets'] - before[f'{way}_packets']
        assert len(replies) <= packets <= len(replies) + 20
        assert 0.85 * lowest <= during[f'{way}_rate'] <= 1.15 * highest
        for counter in ('errors', 'drop'):  # before, the guest's driver was not up
            assert after[f'{way}_{counter}'] == before[f'{way}_{counter}']


@pytest.mark.slow
def test_nic_octets_match_guest_counters(
        api: Api, guest: Guest, probe: tuple[ComputeHost, str]) -> None:
    fields = guest.ask('netdev').split(':')[1].split()
    nic = api.diagnostics(guest.id)['nic_details'][0]
    # The guest does not count what the switch sends before its driver is up.
    assert nic['rx_octets'] == pytest.approx(int(fields[0]), abs=5000, rel=0.02)
    assert nic['tx_octets'] == pytest.approx(int(fields[8]), abs=5000, rel=0.02)


@pytest.mark.parametrize('way', ['read', 'write'])
def test_disk_counters_match_known_transfer(api: Api, guest: Guest, way: str) -> None:
    kib = 4096
    before, kernel_before = api.diagnostics(guest.id)['disk_details'][0], _disk_requests(guest)
    guest.ask(f'{way} {kib}')
    after, kernel_after = api.diagnostics(guest.id)['disk_details'][0], _disk_requests(guest)
    assert after[f'{way}_bytes'] - before[f'{way}_bytes'] == kib * 1024
    requests = after[f'{way}_requests'] - before[f'{way}_requests']
    assert requests == kernel_after[way] - kernel_before[way] > 0


def _disk_requests(guest: Guest) -> dict[str, int]:
    """Requests that the guest's kernel has completed."""
    fields = guest.ask('diskstat').split()
    return {'read': int(fields[3]), 'write': int(fields[7])}
