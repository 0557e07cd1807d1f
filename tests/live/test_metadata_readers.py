# SPDX-License-Identifier: Apache-2.0
"""Other programs that read Nova's metadata from the domain can still do so."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox import locks
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.volume import Volume
from tests.live.conftest import PLUGIN_HOST

EXPORTER = 'prometheus-libvirt-exporter'
ADDRESS = '127.0.0.1:9177'

#: Prints what the default discovery of a host's ceilometer-polling finds.
DISCOVER = '''
import json
from ceilometer import service
from ceilometer.compute import discovery
conf = service.prepare_service(['ceilometer-polling'], [])
print(json.dumps([vars(server) for server in discovery.InstanceDiscovery(conf).discover(None)]))
'''


@pytest.fixture(scope='module')
def root(create_volume: Callable[..., Volume]) -> Volume:
    return create_volume(image='guest')


@pytest.fixture(scope='module')
def guests(boot: Callable[..., Guest], root: Volume) -> dict[str, Guest]:
    """A guest that boots from an image and a guest that boots from a volume."""
    booted = {'image': boot(host=PLUGIN_HOST, name='read me', wait=False),
              'volume': boot(host=PLUGIN_HOST, name='root elsewhere', wait=False,
                             **root.as_root())}
    for guest in booted.values():
        guest.wait_booted()
    return booted


@pytest.fixture(scope='module')
def discovered(guests: dict[str, Guest], plugin_host: ComputeHost) -> dict[str, dict[str, Any]]:
    """The servers that Ceilometer discovers on the host, by id."""
    python = locks.VENVS / 'ceilometer/bin/python'
    if not python.exists():
        pytest.skip('CEILOMETER IS NOT INSTALLED: install it with `make live`.')
    *_, printed = plugin_host.run(str(python), '-W', 'ignore', '-c', DISCOVER).splitlines()
    return {server['id']: server for server in json.loads(printed)}


@pytest.mark.parametrize('kind', ['image', 'volume'])
def test_ceilometer_discovers_the_server(
        kind: str, api: Api, guests: dict[str, Guest],
        discovered: dict[str, dict[str, Any]]) -> None:
    server = guests[kind].show()
    found = discovered[server['id']]
    assert found['name'] == server['name']
    assert (found['user_id'], found['tenant_id']) == (server['user_id'], server['tenant_id'])
    assert found['OS-EXT-SRV-ATTR:instance_name'] == server['OS-EXT-SRV-ATTR:instance_name']
    assert (found['image'] or {}).get('id') == (server['image'] or {}).get('id')
    flavor = {name: found['flavor'][name] for name in (
        'name', 'vcpus', 'ram', 'disk', 'ephemeral', 'swap')}
    assert flavor == {
        'name': server['flavor']['original_name'],
        **{name: server['flavor'][name] for name in (
            'vcpus', 'ram', 'disk', 'ephemeral', 'swap')}}


@pytest.fixture(scope='module')
def metrics(guests: dict[str, Guest], plugin_host: ComputeHost) -> Iterator[str]:
    """The metrics of the host that Debian's exporter exposes to Prometheus."""
    if shutil.which(EXPORTER) is None:
        pytest.skip(f'{EXPORTER} IS NOT INSTALLED: install it with `make live`.')
    exporter = subprocess.Popen(
        plugin_host.command(EXPORTER, f'--web.listen-address={ADDRESS}',
                            '--libvirt.export-nova-metadata'),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def read_metrics() -> str:
        try:
            return requests.get(f'http://{ADDRESS}/metrics', timeout=60).text
        except (requests.ConnectionError, requests.Timeout):
            return ''

    try:
        yield str(wait_for('metrics of the exporter', read_metrics))
    finally:
        exporter.terminate()
        exporter.wait(timeout=60)


@pytest.mark.parametrize('kind', ['image', 'volume'])
def test_prometheus_exporter_labels_the_server(
        kind: str, api: Api, guests: dict[str, Guest], metrics: str) -> None:
    server = guests[kind].show()
    lines = [line for line in metrics.splitlines()
             if re.match(r'libvirt_domain_info_memory_usage_bytes\{', line)
             and f'"{server["OS-EXT-SRV-ATTR:instance_name"]}"' in line]
    [labels] = [dict(re.findall(r'(\w+)="([^"]*)"', line)) for line in lines]
    assert labels['name'] == server['name']
    assert labels['flavor'] == server['flavor']['original_name']
    assert labels['project_name'] == 'admin'
    assert 'libvirt_up 1' in metrics
