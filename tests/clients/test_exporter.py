# SPDX-License-Identifier: Apache-2.0
"""The exporter over Nova's own API with nova-ext, one of whose hosts is silent."""

from __future__ import annotations

import types
from typing import Any

import pytest

from nova_ext.compute import endpoints
from nova_ext.exporter import clouds, refresher, service, settings
from nova_ext.exporter.store import Store
from nova_ext.virt import capabilities
from tests.fixtures import figures, loopback
from tests.unit.openmetrics import parsing


def test_exporter_reads_all_pages_of_novas_own_api(monkeypatch: pytest.MonkeyPatch) -> None:
    driver: Any = types.SimpleNamespace(collect_many=lambda uuids: {
        uuid: capabilities.Found(responding=True, diagnostics=figures.running())
        for uuid in uuids})
    with loopback.LoopbackCloud(rpc_timeout=2) as api:
        api.conf.set_override('max_limit', 2, 'api')
        for host in ('stack1', 'stack2'):
            api.nova.add_hypervisor(host)
            servers = {api.nova.add_server(host) for _ in range(5)}
            if host == 'stack1':
                wanted = servers
                api._rpc.start_host(host, endpoints.HostDiagnosticsEndpoint(driver))
        api.nova.load_cells()
        for name, value in api.environment().items():
            monkeypatch.setenv(name, value)
        told = settings.parse([])
        store = Store(told.max_age)
        refresher.Refresher(told, clouds.connect(told), store).refresh()
        text = b''.join(block.text() for block in service._read(store, told))
    assert {dict(labels)['server'] for labels in parsing.values(
        text, 'nova_server_up')} == wanted
    assert parsing.value(
        text, 'nova_ext_exporter_failures_total', host='stack2', reason='http_503') == 1
    assert parsing.value(text, 'nova_host_status', host='stack2', status='up') == 1
