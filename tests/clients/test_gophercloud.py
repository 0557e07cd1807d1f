# SPDX-License-Identifier: Apache-2.0
"""gophercloud's own decoders over samples and responses, with openstack-exporter's requests.

Clients of either choose a compute version only; that of nova-ext is added as operators do who put
it into the configuration of a proxy.
"""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from nova_ext.api import microversions
from sandbox import settings
from tests.clients.conftest import Cloud
from tests.clients.gophercloud import EXPORTER, Decoder

SAMPLES = settings.CHECKOUT / 'api_ref/samples'

#: What Nova shows of every hypervisor and the samples leave out.
NOVA_FIELDS = {
    'cpu_info': '{}', 'hypervisor_version': 7002000, 'local_gb': 5, 'free_disk_gb': 4}

#: The sample of a response, the query, and how many of it are in the sample.
CASES = [
    ('hypervisors-list-resp', 'hypervisors', 2), ('hypervisors-detail-resp', 'hypervisors', 1),
    ('hypervisors-list-resp', 'hypervisor-pages', 2), ('hypervisors-show-resp', 'hypervisor', 1),
    ('host-status-detail-resp', 'servers', 1), ('host-status-show-resp', 'server', 1),
    ('diagnostics-show-resp', 'diagnostics', 1), ('diagnostics-shutdown-resp', 'diagnostics', 1)]

#: Of answers without a version of nova-ext, and with each.
ADDED = ['', *(f', nova-ext {version}' for version in microversions.VERSIONS)]

#: The compute versions of gophercloud's default, of openstack-exporter, and in between. (Debian's
#: gophercloud knows nothing of 2.88, which takes away fields.)
COMPUTE = ['2.1', '2.53', '2.87']


@pytest.fixture(scope='session')
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Decoder:
    return Decoder(tmp_path_factory.mktemp('gophercloud'))


@pytest.fixture
def sample_url() -> Iterator[Any]:
    """Serve a body at every path, and return the URL."""
    servers: list[http.server.HTTPServer] = []

    def serve(body: Any) -> str:
        server = http.server.HTTPServer(('127.0.0.1', 0), _make_handler(body))
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f'http://127.0.0.1:{server.server_port}'

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize('sample, query, count', CASES)
def test_samples_are_decoded(
        decoder: Decoder, sample_url: Any, sample: str, query: str, count: int) -> None:
    body = json.loads((SAMPLES / f'{sample}.json').read_text())
    if query.startswith('hypervisor'):
        for hypervisor in body.get('hypervisors') or [body['hypervisor']]:
            hypervisor.update(NOVA_FIELDS)
    found = decoder.ask(sample_url(body), 'token', 'compute 2.53, nova-ext 1.1', query, '1')
    assert (len(found) if isinstance(found, list) else 1) == count


@pytest.mark.parametrize('compute', COMPUTE)
@pytest.mark.parametrize('added', ADDED)
def test_responses_are_decoded(
        decoder: Decoder, cloud: Cloud, added: str, compute: str) -> None:
    def ask(query: str, *identity: str) -> Any:
        return decoder.ask(
            cloud.api.compute_url, 'admin', f'compute {compute}{added}', query, *identity)

    names = ['stack1.example.org', 'stack2.example.org']
    if added in (', nova-ext 1.1', ', nova-ext 1.2'):
        names.append('gone.example.org')
    listed = ask('hypervisors')
    assert [one['hypervisor_hostname'] for one in listed] == names
    assert [one['status'] for one in listed] == ['enabled', 'disabled', ''][:len(listed)]
    if compute != '2.1':  # which has no pages
        assert ask('hypervisor-pages') == listed
    for hypervisor in listed:
        assert ask('hypervisor', hypervisor['id']) == hypervisor
    servers = {server['id']: server for server in ask('servers')}
    assert {cloud.web1, cloud.web2, cloud.other} <= servers.keys()
    assert ask('server', cloud.web1)['name'] == servers[cloud.web1]['name'] == 'web1'
    if added:  # else Nova asks the host, which has only nova-ext's part here
        assert ask('diagnostics', cloud.web1)['memory_details'] == {'maximum': 512, 'used': 256}
        assert ask('diagnostics', cloud.web2)['uptime'] is None


@pytest.mark.parametrize('added', ADDED)
def test_requests_of_openstack_exporter_are_answered(
        decoder: Decoder, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, added: str) -> None:
    monkeypatch.setattr(cloud.api, 'added_version', added)
    for query in EXPORTER:
        decoder.ask(cloud.api.compute_url, 'admin', 'compute 2.87', query)
    assert {request.path for request in cloud.api.requests} >= {
        '/os-hypervisors/detail', '/servers/detail', '/os-services', '/limits'}
    assert cloud.api.requests[-1].version == f'compute 2.87{added}'


def test_list_without_a_cell_is_decoded(decoder: Decoder, cloud: Cloud) -> None:
    """What does not answer is an object, which the pager does not take for the collection."""
    nova = cloud.api.nova
    cell = nova.add_cell()
    nova.load_cells()
    with nova.broken(cell):
        for added in ADDED[1:]:
            for query in ('hypervisors', 'hypervisor-pages', 'servers'):
                for _ in range(3):  # Go's maps have no order
                    found = decoder.ask(
                        cloud.api.compute_url, 'admin', f'compute 2.87{added}', query)
                    assert len(found) >= 2


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
