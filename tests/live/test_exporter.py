# SPDX-License-Identifier: Apache-2.0
"""Real Prometheus scrapes the exporter, which asks the API about the guests of all hosts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from tests.live import host_operations, nova_api
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.scraped import INTERVAL, Scraped, scraping

#: What they install, Prometheus, is not worth the time in each run.
pytestmark = pytest.mark.slow

HOST, OTHER_HOST = f'stack{PLUGIN_HOST}', f'stack{OTHER_PLUGIN_HOST}'


@pytest.fixture(scope='module')
def guests(boot: Callable[..., Guest]) -> dict[str, Guest]:
    """A guest on each host with the plugin, by the host's name."""
    booting = {HOST: boot(host=PLUGIN_HOST, name='scrape "me"', wait=False),
               OTHER_HOST: boot(host=OTHER_PLUGIN_HOST, wait=False)}
    for guest in booting.values():
        guest.wait_status('ACTIVE')
        guest.wait_ready()
    return booting


@pytest.fixture(scope='module')
def scraped(guests: dict[str, Guest], tmp_path_factory: Any) -> Iterator[Scraped]:
    """A Prometheus that has figures of both guests."""
    with scraping(tmp_path_factory.mktemp('scraped')) as found:
        for guest in guests.values():
            found.wait_value(f'nova_server_up{{server="{guest.id}"}}', 1)
        yield found


def test_guests_of_all_hosts_are_scraped(
        scraped: Scraped, guests: dict[str, Guest]) -> None:
    for host, guest in guests.items():
        server = guest.show()
        [found] = scraped.get('query', query=f'nova_server_info{{server="{guest.id}"}}')['result']
        labels = found['metric']
        assert labels['host'] == host
        assert labels['server_name'] == server['name']
        assert labels['project'] == server['tenant_id']
        assert labels['driver'] == 'libvirt'
    [target] = scraped.get('targets')['activeTargets']
    assert (target['health'], target['lastError']) == ('up', '')


def test_counters_are_between_two_answers_of_the_api(
        scraped: Scraped, api: Api, guests: dict[str, Guest]) -> None:
    guest = guests[HOST]
    before = api.diagnostics(guest.id)
    time.sleep(3 * INTERVAL + 2)
    labels = f'{{server="{guest.id}",vcpu="0"}}'
    [seconds] = scraped.values(f'nova_server_cpu_seconds_total{labels}')
    [read] = scraped.values(
        f'sum(nova_server_disk_read_bytes_total{{server="{guest.id}"}})')
    after = api.diagnostics(guest.id)
    assert (before['cpu_details'][0]['time'] <= seconds * 1e9 + 1
            and seconds * 1e9 - 1 <= after['cpu_details'][0]['time'])
    assert (sum(disk['read_bytes'] for disk in before['disk_details']) <= read
            <= sum(disk['read_bytes'] for disk in after['disk_details']))
    assert scraped.values(f'nova_server_memory_maximum_bytes{{server="{guest.id}"}}') == [
        after['memory_details']['maximum'] * 1024 ** 2]


def test_memory_in_use_is_the_guests_own(scraped: Scraped, guests: dict[str, Guest]) -> None:
    guest = guests[HOST]
    query = f'nova_server_memory_used_bytes{{server="{guest.id}"}}'
    [used] = wait_for('memory in use', lambda: scraped.values(query))
    meminfo = guest.meminfo()
    # It goes on using memory: the figures are of different moments.
    assert abs(used / 1024 ** 2 - (meminfo['MemTotal'] - meminfo['MemAvailable']) / 1024) < 16


def test_guest_that_hangs_does_not_respond_and_comes_back(
        scraped: Scraped, guests: dict[str, Guest]) -> None:
    guest, other = guests[HOST], guests[OTHER_HOST]
    responding = f'nova_server_responding{{server="{guest.id}"}}'
    scraped.wait_value(responding, 1)
    with stopped(guest.process.pid):
        scraped.wait_value(responding, 0)
        assert scraped.values(f'nova_server_up{{server="{other.id}"}}') == [1]
        scraped.wait_value(f'ALERTS{{alertname="NovaServerHung",server="{guest.id}"}}', 1)
    scraped.wait_value(responding, 1)


def test_status_of_hosts_is_scraped(scraped: Scraped, api: Api) -> None:
    status = f'nova_host_status{{host="{OTHER_HOST}",status="%s"}}'
    scraped.wait_value(status % 'up', 1)
    with host_operations.disabled(api, OTHER_HOST, 'new fans'):
        scraped.wait_value(status % 'disabled', 1)
        assert scraped.values(status % 'up') == [1]
    with host_operations.forced_down(api, OTHER_HOST):
        scraped.wait_value(status % 'forced_down', 1)
        scraped.wait_value(status % 'up', 0)
        scraped.wait_value(f'nova_ext_exporter_host_up{{host="{OTHER_HOST}"}}', 0)
        assert scraped.values(f'nova_ext_exporter_host_up{{host="{HOST}"}}') == [1]
    scraped.wait_value(f'nova_ext_exporter_host_up{{host="{OTHER_HOST}"}}', 1)


def test_exporter_survives_a_restart_of_the_api(scraped: Scraped) -> None:
    nova_api.restart()
    scraped.wait_value('nova_ext_exporter_api_up', 1)
    scraped.wait_value(f'nova_ext_exporter_host_up{{host="{HOST}"}}', 1)
    assert scraped.exporter.poll() is None


def test_server_that_is_deleted_is_gone(
        scraped: Scraped, boot: Callable[..., Guest]) -> None:
    guest = boot(host=PLUGIN_HOST, wait=False)
    guest.wait_status('ACTIVE')
    scraped.wait_value(f'nova_server_up{{server="{guest.id}"}}', 1)
    guest.delete()
    scraped.wait_value(f'count(nova_server_up{{server="{guest.id}"}}) or vector(0)', 0)
