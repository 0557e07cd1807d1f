# SPDX-License-Identifier: Apache-2.0
"""The samples in the API reference are what the views make.

To renew them after a change that is meant: ``REGENERATE=1 python -m pytest <this file>``.
"""

from __future__ import annotations

import json
import os
from typing import Any

from nova_ext.api.controllers import base
from nova_ext.api.views import diagnostics as diagnostics_view
from nova_ext.api.views import discovery as discovery_view
from nova_ext.objects import diagnostics
from sandbox import settings

SAMPLES = settings.CHECKOUT / 'api_ref/samples'


def assert_is_sample(name: str, body: dict[str, Any]) -> None:
    text = json.dumps(body, indent=4) + '\n'
    if os.environ.get('REGENERATE'):
        (SAMPLES / name).write_text(text)
    assert (SAMPLES / name).read_text() == text


def test_diagnostics() -> None:
    assert_is_sample('diagnostics-show-resp.json', diagnostics_view.show(diagnostics.Diagnostics(
        state='running', driver='libvirt', hypervisor='kvm', hypervisor_os='debian',
        uptime=3600, num_cpus=1, num_nics=1, num_disks=1, config_drive=True,
        cpu_details=[diagnostics.CpuDiagnostics(id=0, time=17300000000, utilisation=15)],
        nic_details=[diagnostics.NicDiagnostics(
            mac_address='fa:16:3e:4e:0f:00', rx_octets=2070139, rx_errors=0, rx_drop=0,
            rx_packets=26701, rx_rate=300, tx_octets=140208, tx_errors=0, tx_drop=0,
            tx_packets=662, tx_rate=120)],
        disk_details=[diagnostics.DiskDiagnostics(
            read_bytes=262144, read_requests=112, write_bytes=5778432, write_requests=488,
            errors_count=None)],
        memory_details=diagnostics.MemoryDiagnostics(maximum=512, used=256))))


def test_discovery() -> None:
    routes = [
        base.Route('GET', '/servers/{server_id}/diagnostics', {}, lambda request: {}),
        base.Route('GET', '/nova-ext', {}, lambda request: {}),
    ]
    assert_is_sample('discovery-show-resp.json', discovery_view.show(routes))
