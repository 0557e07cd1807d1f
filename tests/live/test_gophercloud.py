# SPDX-License-Identifier: Apache-2.0
"""A client that knows the type of each field, and was written by others: gophercloud.

A program that reads one resource is built with Debian's packages ``golang-go`` and
``golang-github-gophercloud-gophercloud-dev``.
"""

from __future__ import annotations

import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox import settings
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import nova_api
from tests.live.conftest import PLUGIN_HOST

pytestmark = pytest.mark.slow

SOURCE = pathlib.Path(__file__).with_name('gophercloud') / 'decode.go'
LIBRARIES = pathlib.Path('/usr/share/gocode')
SAMPLES = settings.CHECKOUT / 'api_ref/samples'

VERSIONS = 'compute 2.53, nova-ext {}'

#: What Nova shows of every hypervisor and the samples leave out.
NOVA_FIELDS = {
    'cpu_info': '{}', 'hypervisor_version': 7002000, 'local_gb': 5, 'free_disk_gb': 4}

#: The sample of a response, the resource, and how many of it are in the sample.
CASES = [
    ('hypervisors-list-resp', 'hypervisors', 2), ('hypervisors-detail-resp', 'hypervisors', 1),
    ('hypervisors-show-resp', 'hypervisor', 1), ('host-status-detail-resp', 'servers', 1),
    ('host-status-show-resp', 'server', 1), ('diagnostics-show-resp', 'diagnostics', 1),
    ('diagnostics-shutdown-resp', 'diagnostics', 1)]

#: Runs the program with its arguments and returns how many it found.
Decode = Callable[..., int]


@pytest.fixture(scope='module')
def decode(tmp_path_factory: pytest.TempPathFactory) -> Decode:
    """The program, built from its source."""
    go = shutil.which('go')
    if go is None or not LIBRARIES.is_dir():
        pytest.skip('GO AND GOPHERCLOUD ARE NOT INSTALLED')
    folder = tmp_path_factory.mktemp('gophercloud')
    environment = {**os.environ, 'GO111MODULE': 'off', 'GOPATH': str(LIBRARIES),
                   'GOCACHE': str(folder / 'cache')}
    subprocess.run([go, 'build', '-o', str(folder / 'decode'), str(SOURCE)], env=environment,
                   check=True, timeout=600)

    def run(*arguments: str) -> int:
        done = subprocess.run([str(folder / 'decode'), *arguments], capture_output=True,
                              text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    return run


@pytest.fixture
def hypervisor_without_service() -> Iterator[str]:
    """The UUID of a hypervisor whose host has no service record."""
    node = str(uuid.uuid4())
    zeros = ('vcpus', 'memory_mb', 'local_gb', 'vcpus_used', 'memory_mb_used', 'local_gb_used',
             'free_disk_gb', 'free_ram_mb', 'current_workload', 'running_vms',
             'disk_available_least')
    nova_api.execute_sql(
        f'INSERT INTO nova_cell1.compute_nodes (created_at, deleted, uuid, host, '
        f'hypervisor_hostname, hypervisor_type, hypervisor_version, host_ip, cpu_info, '
        f"{', '.join(zeros)}) VALUES (NOW(), 0, '{node}', 'gone', 'gone', 'QEMU', 7002000, "
        f"'192.0.2.7', '{{}}', {', '.join('0' for _ in zeros)})")
    try:
        yield node
    finally:
        nova_api.execute_sql(f"DELETE FROM nova_cell1.compute_nodes WHERE uuid = '{node}'")


@pytest.mark.parametrize('sample, resource, count', CASES)
def test_samples_are_decoded(decode: Decode, sample: str, resource: str, count: int) -> None:
    body = json.loads((SAMPLES / f'{sample}.json').read_text())
    if resource.startswith('hypervisor'):
        shown = body[resource]
        for hypervisor in shown if isinstance(shown, list) else [shown]:
            hypervisor.update(NOVA_FIELDS)
    with http.server.HTTPServer(('127.0.0.1', 0), _make_handler(body)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f'http://127.0.0.1:{server.server_port}'
        identity = () if resource in ('servers', 'hypervisors') else ('1',)
        name = resource.rstrip('s') + 's'
        assert decode(url, 'token', VERSIONS.format('1.1'), name, *identity) == count
        server.shutdown()


@pytest.mark.parametrize('nova_ext', ['1.0', '1.1'])
def test_responses_are_decoded(
        api: Api, boot: Callable[..., Guest], decode: Decode, hypervisor_without_service: str,
        nova_ext: str) -> None:
    guest = boot(host=PLUGIN_HOST)
    request = (settings.ENDPOINTS['nova'], api.token(), VERSIONS.format(nova_ext))
    expected = api.get('/os-hypervisors', nova_ext=nova_ext, compute='2.53')['hypervisors']
    assert decode(*request, 'hypervisors') == len(expected)
    assert (hypervisor_without_service in [found['id'] for found in expected]) is (
        nova_ext == '1.1')
    for hypervisor in expected:
        assert decode(*request, 'hypervisors', hypervisor['id']) == 1
    assert decode(*request, 'servers') >= 1
    assert decode(*request, 'servers', guest.id) == 1
    assert decode(*request, 'diagnostics', guest.id) == 1


def _make_handler(body: Any) -> type[http.server.BaseHTTPRequestHandler]:
    """Return a handler that sends the same response to every request."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header('Content-Type', 'application/json')
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
