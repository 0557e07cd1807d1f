# SPDX-License-Identifier: Apache-2.0
"""Every figure against a witness that owes nothing to libvirt."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from sandbox import state
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest

KEYS = ['state', 'driver', 'hypervisor', 'hypervisor_os', 'uptime', 'num_cpus', 'num_nics',
        'num_disks', 'cpu_details', 'nic_details', 'disk_details', 'memory_details',
        'config_drive']

#: Two rounds of the sampler: whatever goes on steadily for so long fills every window.
TWO_ROUNDS = 22

#: Seconds that a window of it has at least.
SHORTEST_WINDOW = 0.5

#: Percent of a processor by which the utilisation of a virtual one may be told wrongly.
TOLERANCE = 10

#: Octets of Ethernet, IP and ICMP around the payload of an echo request.
PING_HEADERS = 14 + 20 + 8


@pytest.mark.essential
def test_every_key_of_the_specification_is_there_and_true(
        cloud: state.State, api: Api, guest: Guest) -> None:
    found = api.diagnostics(guest.id)
    assert list(found) == KEYS
    server = guest.show()
    assert found['state'] == 'running'
    assert found['driver'] == 'libvirt'
    assert found['hypervisor'] == cloud.virt_type
    os_release = guest.host.run('cat', '/etc/os-release')
    assert f'\nID={found["hypervisor_os"]}\n' in os_release
    assert found['num_cpus'] == server['flavor']['vcpus'] == 2
    assert found['num_nics'] == 1
    assert found['num_disks'] == 2  # its own and the configuration drive
    assert found['config_drive'] is True
    assert [cpu['id'] for cpu in found['cpu_details']] == [0, 1]
    assert [disk['errors_count'] for disk in found['disk_details']] == [None, None]
    [[address]] = server['addresses'].values()
    assert found['nic_details'][0]['mac_address'] == address['OS-EXT-IPS-MAC:mac_addr']
    assert found['memory_details']['maximum'] == server['flavor']['ram'] == 160


@pytest.mark.essential
def test_memory_used_is_what_the_guest_says_and_follows(api: Api, guest: Guest) -> None:
    seen = []
    for held in (0, 48, 16):
        guest.ask(f'memory {held}')
        meminfo = guest.meminfo()
        truth = (meminfo['MemTotal'] - meminfo['MemAvailable']) / 1024

        seen.append(_used_near(api, guest, truth))
    assert seen[1] - seen[0] >= 40
    assert seen[1] - seen[2] >= 25


def _used_near(api: Api, guest: Guest, truth: float) -> int:
    """Memory used, once the guest's next report (every 10 s) is within 10 % of the truth."""

    def used() -> int | None:
        value: int | None = api.diagnostics(guest.id)['memory_details']['used']
        return value if value and abs(value - truth) <= 0.1 * truth else None

    return int(wait_for(f'used within 10 % of {truth:.1f} MiB', used))


def rates(looks: Sequence[tuple[float, float]], asked: float, answered: float,
          ) -> tuple[float, float]:
    """The least and the most that a counter rose per second, in any window of the sampler.

    It begins at one of the sampler's notes, which nobody sees, and ends while the question is
    answered. On a busy machine one window differs from another.

    :param looks: moment and counter, often enough
    :param asked: the moment of the question
    :param answered: the moment of the answer
    """
    found = [(end - begin) / (last - first)
             for last, end in looks if asked - 1 <= last <= answered + 1
             for first, begin in looks if SHORTEST_WINDOW <= last - first <= TWO_ROUNDS]
    return min(found), max(found)


@pytest.mark.essential
def test_utilisation_is_what_the_process_table_says(api: Api, guest: Guest) -> None:
    guest.ask('cpu 1')
    try:
        # A very busy machine may leave the guest too little to tell its two vCPUs apart.
        cpus, truths = wait_for(
            'one vCPU spins', lambda: _utilisation(api, guest), timeout=300)
    finally:
        guest.ask('cpu 0')
    for cpu in cpus:
        (least, most), (before, after) = truths[cpu['id']]
        assert least - TOLERANCE <= cpu['utilisation'] <= most + TOLERANCE
        assert before - 0.5 <= cpu['time'] / 1e9 <= after + 0.5


def _utilisation(api: Api, guest: Guest) -> Any:
    """What is told of each vCPU, and percents and seconds between which it has to be.

    None when the first one did not get more to do than the second.
    """
    looks: list[tuple[float, dict[int, float]]] = []

    def look() -> float:
        looks.append((time.monotonic(), guest.process.vcpu_seconds()))
        return looks[-1][0]

    began = look()
    while look() < began + TWO_ROUNDS:
        time.sleep(0.2)
    asked, before = looks[-1]
    cpus = api.diagnostics(guest.id)['cpu_details']
    answered, after = look(), looks[-1][1]
    percents = {vcpu: rates([(moment, 100 * seconds[vcpu]) for moment, seconds in looks],
                            asked, answered) for vcpu in (0, 1)}
    if percents[0][0] - percents[1][1] <= 2 * TOLERANCE:
        return None
    return cpus, {vcpu: (percents[vcpu], (before[vcpu], after[vcpu])) for vcpu in (0, 1)}


@pytest.fixture
def probe(guest: Guest) -> Iterator[tuple[ComputeHost, str]]:
    """A host that can reach the guest, and the guest's address."""
    [[port]] = guest.show()['addresses'].values()
    address = port['addr']
    guest.ask(f'net {address}/16')
    host = guest.host
    with host.probe(guest.device(), '10.9.200.1/16'):
        wait_for('guest answers', lambda: 'bytes from' in host.run(
            'sh', '-c', f'ping -c 1 -W 1 {address} || true'))
        yield host, address


def test_octets_and_rates_of_a_transfer_of_known_size(
        api: Api, guest: Guest, probe: tuple[ComputeHost, str]) -> None:
    host, address = probe
    count, interval, payload = int(TWO_ROUNDS / 0.02) + 100, 0.02, 1000
    frame = payload + PING_HEADERS
    before = api.diagnostics(guest.id)['nic_details'][0]
    ping = subprocess.Popen(
        host.command('ping', '-D', '-i', str(interval), '-c', str(count), '-s', str(payload),
                     address), stdout=subprocess.PIPE, text=True)
    time.sleep(TWO_ROUNDS)
    asked = time.time()
    during = api.diagnostics(guest.id)['nic_details'][0]
    answered = time.time()
    said = ping.communicate(timeout=180)[0]
    after = api.diagnostics(guest.id)['nic_details'][0]
    replies = [float(moment) for moment in re.findall(r'(?m)^\[([\d.]+)\] \d+ bytes from', said)]
    assert replies[-1] > answered, 'the transfer ended before the question was answered'
    size = len(replies) * frame
    # The counter is a step at each reply, so that a pause between two of them is a window, too.
    least, most = rates([(moment, (number + step) * frame)
                         for number, moment in enumerate(replies) for step in (0, 1)],
                        asked, answered)
    for way in ('rx', 'tx'):
        octets = after[f'{way}_octets'] - before[f'{way}_octets']
        assert size <= octets <= 1.01 * size + 1000
        packets = after[f'{way}_packets'] - before[f'{way}_packets']
        assert len(replies) <= packets <= len(replies) + 20
        assert 0.85 * least <= during[f'{way}_rate'] <= 1.15 * most
        assert after[f'{way}_errors'] == after[f'{way}_drop'] == 0


def test_octets_are_what_the_guest_counts(
        api: Api, guest: Guest, probe: tuple[ComputeHost, str]) -> None:
    fields = guest.ask('netdev').split(':')[1].split()
    nic = api.diagnostics(guest.id)['nic_details'][0]
    # What the switch sends before the guest's driver is up, only the host has seen.
    assert nic['rx_octets'] == pytest.approx(int(fields[0]), abs=5000, rel=0.02)
    assert nic['tx_octets'] == pytest.approx(int(fields[8]), abs=5000, rel=0.02)


@pytest.mark.parametrize('way', ['read', 'write'])
def test_disk_counters_of_a_transfer_of_known_size(api: Api, guest: Guest, way: str) -> None:
    kib = 4096
    before, kernel_before = api.diagnostics(guest.id)['disk_details'][0], _diskstat(guest)
    guest.ask(f'{way} {kib}')
    after, kernel_after = api.diagnostics(guest.id)['disk_details'][0], _diskstat(guest)
    assert after[f'{way}_bytes'] - before[f'{way}_bytes'] == kib * 1024
    requests = after[f'{way}_requests'] - before[f'{way}_requests']
    assert requests == kernel_after[way] - kernel_before[way] > 0


def _diskstat(guest: Guest) -> dict[str, int]:
    """Requests that the guest's kernel has completed."""
    fields = guest.ask('diskstat').split()
    return {'read': int(fields[3]), 'write': int(fields[7])}
