# SPDX-License-Identifier: Apache-2.0
"""What is written of servers, as a strict parser reads it."""

from __future__ import annotations

import collections
import subprocess
import sys
from typing import Any

import ddt
import hypothesis
from hypothesis import strategies

from nova_ext.objects import diagnostics
from nova_ext.openmetrics import exposition, figures
from sandbox import settings
from tests.unit import base
from tests.unit.cli import answers
from tests.unit.openmetrics import entries, parsing

SERVER = {'server': entries.SERVER, 'server_name': 'web1', 'project': entries.PROJECT,
          'host': 'compute1'}
NIC = {**SERVER, 'device': 'tap0b07ff5c-6a', 'mac': answers.MAC, 'port_id': answers.PORT}
DISK = {**SERVER, 'device': 'vda', 'volume_id': answers.VOLUME}

#: What is told of a server whose counters are all known, and what each is.
EXPECTED: tuple[tuple[str, dict[str, str], float], ...] = (
    ('nova_server_info', {**SERVER, 'driver': 'libvirt', 'hypervisor': 'kvm',
                          'hypervisor_os': 'debian', 'config_drive': 'true'}, 1),
    ('nova_server_state', {**SERVER, 'state': 'running', 'reason': 'unpaused'}, 1),
    ('nova_server_up', SERVER, 1),
    ('nova_server_responding', SERVER, 1),
    ('nova_server_guest_agent_up', SERVER, 1),
    ('nova_server_uptime_seconds', SERVER, 3725),
    ('nova_server_cpus', SERVER, 2),
    ('nova_server_memory_maximum_bytes', SERVER, 512 * 1024 ** 2),
    ('nova_server_memory_used_bytes', SERVER, 256 * 1024 ** 2),
    ('nova_server_cpu_seconds_total', {**SERVER, 'vcpu': '1'}, 17.3),
    ('nova_server_cpu_delay_seconds_total', {**SERVER, 'vcpu': '1'}, 0.2305),
    ('nova_server_network_info', {**NIC, 'network_id': answers.NETWORK}, 1),
    ('nova_server_network_receive_bytes_total', NIC, 2048),
    ('nova_server_network_transmit_packets_total', NIC, 12),
    ('nova_server_network_receive_dropped_packets_total', NIC, 1),
    ('nova_server_disk_info', {**DISK, 'bus': 'virtio', 'boot_index': '0'}, 1),
    ('nova_server_disk_read_bytes_total', DISK, 262144),
    ('nova_server_disk_write_time_seconds_total', DISK, 2.5),
    ('nova_server_disk_flush_requests_total', DISK, 3),
)


@ddt.ddt
class TestServer(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.text = exposition.text([entries.make_entry()])

    @ddt.data(*EXPECTED)
    @ddt.unpack
    def test_figure_has_its_name_unit_and_labels(
            self, name: str, labels: dict[str, str], value: float) -> None:
        self.assertEqual(value, parsing.values(self.text, name)[tuple(sorted(labels.items()))])

    @ddt.data('nova_server_cpu_wait_seconds_total', 'nova_server_disk_errors_total',
              'nova_server_disk_flush_time_seconds_total')
    def test_null_is_left_out(self, name: str) -> None:
        self.assertEqual({}, parsing.values(self.text, name))

    def test_every_family_has_the_kind_and_the_unit_that_its_name_says(self) -> None:
        found = parsing.parse(self.text)
        self.assertGreater(len(found), 25)
        for name, family in found.items():
            self.assertTrue(family.unit in ('', 'seconds', 'bytes'), name)
            self.assertTrue(name.endswith(family.unit))
            self.assertEqual(name.endswith(('_seconds', '_bytes')), bool(family.unit), name)
            self.assertTrue(family.documentation.endswith('.'))

    def test_every_number_of_an_answer_has_a_family(self) -> None:
        for part, listed, left_out in (
                (diagnostics.CpuDiagnostics, figures.CPUS, {'id', 'utilisation'}),
                (diagnostics.NicDiagnostics, figures.NICS,
                 {'mac_address', 'port_id', 'network_id', 'device', 'rx_rate', 'tx_rate'}),
                (diagnostics.DiskDiagnostics, figures.DISKS,
                 {'device', 'bus', 'volume_id', 'boot_index'}),
                (diagnostics.MemoryDiagnostics, figures.MEMORY, set())):
            self.assertEqual(part.fields.keys() - left_out, {one.key for one in listed})

    def test_families_have_different_names(self) -> None:
        names = [one.sample for one in figures.FAMILIES]
        self.assertEqual(len(names), len(set(names)))


class TestServers(base.TestCase):
    def test_guest_that_hangs_has_what_is_known_and_nothing_else(self) -> None:
        text = exposition.text([entries.make_hung()])
        self.assertEqual(0, parsing.value(text, 'nova_server_responding'))
        self.assertEqual(1, parsing.value(text, 'nova_server_up'))
        self.assertEqual({'nova_server', 'nova_server_state', 'nova_server_up',
                          'nova_server_responding'}, parsing.parse(text).keys())

    def test_server_that_is_paused_is_not_up(self) -> None:
        text = exposition.text([entries.make_entry(state='paused', state_reason='io_error')])
        self.assertEqual(0, parsing.value(text, 'nova_server_up'))
        self.assertEqual(1, parsing.value(
            text, 'nova_server_state', state='paused', reason='io_error'))

    def test_server_that_is_listed_twice_counts_once(self) -> None:
        text = exposition.text([entries.make_entry(), entries.make_entry(uptime=1)])
        self.assertEqual(3725, parsing.value(text, 'nova_server_uptime_seconds'))

    def test_server_on_two_hosts_is_there_twice(self) -> None:
        text = exposition.text([entries.make_entry(), entries.make_entry(host='compute2')])
        self.assertEqual(2, len(parsing.values(text, 'nova_server_up')))

    def test_devices_that_nothing_tells_apart_are_numbered(self) -> None:
        nic = {'device': None, 'mac_address': None, 'port_id': None, 'rx_octets': 1}
        text = exposition.text([entries.make_entry(nic_details=[nic, {**nic, 'rx_octets': 2}])])
        for number in (0, 1):
            self.assertEqual(number + 1, parsing.value(
                text, 'nova_server_network_receive_bytes_total', number=str(number)))

    def test_host_and_cell_that_did_not_answer_are_told(self) -> None:
        text = exposition.text([], missing_hosts=['compute7'], down_cells={'c2': 'cell2'})
        self.assertEqual(0, parsing.value(text, 'nova_host_responding', host='compute7'))
        self.assertEqual(
            0, parsing.value(text, 'nova_cell_responding', cell='c2', cell_name='cell2'))

    def test_nothing_is_only_the_end(self) -> None:
        self.assertEqual(exposition.END, exposition.text([]))

    def test_nothing_is_imported_before_it_is_needed(self) -> None:
        program = ('import sys; from nova_ext.openmetrics import exposition, families; '
                   'print("prometheus_client" in sys.modules)')
        done = subprocess.run(
            [sys.executable, '-c', program], cwd=settings.CHECKOUT, capture_output=True,
            text=True, timeout=60, check=True)
        self.assertEqual('False\n', done.stdout)


def _maybe(strategy: Any) -> Any:
    return strategies.none() | strategy


_TEXT = _maybe(strategies.text())
_COUNT = _maybe(strategies.integers(-1, 2 ** 64))


def _part(kind: Any, texts: set[str]) -> Any:
    return strategies.fixed_dictionaries({}, optional={
        name: _TEXT if name in texts else _COUNT for name in kind.fields})


_ENTRIES = strategies.lists(strategies.fixed_dictionaries({
    'server_id': strategies.sampled_from('abc'), 'host': _TEXT, 'server_name': _TEXT,
}, optional={
    'project_id': _TEXT, 'responding': _maybe(strategies.booleans()),
    'state': _TEXT, 'state_reason': _TEXT, 'uptime': _COUNT, 'num_cpus': _COUNT,
    'guest_agent': _maybe(strategies.booleans()), 'config_drive': _maybe(strategies.booleans()),
    'cpu_details': _maybe(strategies.lists(_part(diagnostics.CpuDiagnostics, set()))),
    'nic_details': _maybe(strategies.lists(_part(
        diagnostics.NicDiagnostics, {'mac_address', 'port_id', 'network_id', 'device'}))),
    'disk_details': _maybe(strategies.lists(_part(
        diagnostics.DiskDiagnostics, {'device', 'bus', 'volume_id'}))),
    'memory_details': _maybe(_part(diagnostics.MemoryDiagnostics, set())),
}), max_size=4)


class TestAnything(base.TestCase):
    @hypothesis.settings(deadline=None, max_examples=50)
    @hypothesis.given(_ENTRIES)
    def test_what_is_written_is_valid_and_counts_what_is_known(
            self, listed: list[dict[str, Any]]) -> None:
        text = exposition.text(listed)
        wanted: collections.Counter[str] = collections.Counter()
        different = {(entry['server_id'], entry['host'] or None): entry
                     for entry in reversed(listed)}
        for entry in different.values():
            for name, details in (('network', 'nic_details'), ('disk', 'disk_details')):
                wanted[f'nova_server_{name}_info'] += len(entry.get(details) or ())
            wanted['nova_server_network_receive_bytes_total'] += sum(
                (nic.get('rx_octets') or 0) >= 0 and nic.get('rx_octets') is not None
                for nic in entry.get('nic_details') or ())
        for name, number in wanted.items():
            self.assertEqual(number, len(parsing.values(text, name)), name)
