# SPDX-License-Identifier: Apache-2.0
"""The plugin's schemas against the samples in api_ref."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import ddt
import jsonschema

from nova_ext.api import microversions
from nova_ext.api.views import diagnostics as diagnostics_view
from nova_ext.objects import states
from nova_ext.tempest_plugin.schemas import (
    console_log,
    diagnostics,
    discovery,
    host_diagnostics,
    host_status,
    hypervisors,
    parts,
)
from tests.fixtures import figures
from tests.unit import base

SAMPLES = pathlib.Path(__file__).parents[3] / 'api_ref/samples'

SCHEMAS = {
    'console-log-show-resp': console_log.show,
    'diagnostics-show-resp': diagnostics.show_1_2,
    'diagnostics-shutdown-resp': diagnostics.show_1_2,
    'discovery-show-resp': discovery.show,
    'host-diagnostics-list-resp': host_diagnostics.index,
    'host-diagnostics-show-resp': host_diagnostics.show,
    'host-status-detail-resp': host_status.index_1_2,
    'host-status-show-resp': host_status.show_1_2,
    'hypervisors-detail-resp': hypervisors.index_1_2,
    'hypervisors-list-resp': hypervisors.index_1_2,
    'hypervisors-show-resp': hypervisors.show_1_2,
}


def read_sample(name: str) -> Any:
    return json.loads((SAMPLES / f'{name}.json').read_text())


@ddt.ddt
class TestSamples(base.TestCase):
    def test_every_sample_of_a_response_has_a_schema(self) -> None:
        responses = {path.stem for path in SAMPLES.glob('*.json')} - {'error-resp'}
        self.assertEqual(set(SCHEMAS), responses)

    @ddt.data(*SCHEMAS)
    def test_sample_is_valid(self, name: str) -> None:
        jsonschema.validate(read_sample(name), SCHEMAS[name]['response_body'])


@ddt.ddt
class TestDiagnostics(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sample = read_sample('diagnostics-show-resp')

    def validate(self) -> None:
        jsonschema.validate(self.sample, diagnostics.show_1_2['response_body'])

    @ddt.data('libvirt', 'xenapi', 'vmwareapi', 'ironic', 'hyperv', None)
    def test_each_driver_that_the_specification_names_is_valid(self, driver: str | None) -> None:
        self.sample['driver'] = driver
        self.validate()

    @ddt.data(
        (('uptime',), 'long'), (('uptime',), -1), (('memory_details', 'used'), 1.5),
        (('cpu_details', 0, 'utilisation'), 101), (('state',), 'asleep'),
        (('config_drive',), 'True'), (('errors_count',), 0),
        (('nic_details', 0, 'rx_rate'), '300'), (('nic_details', 0, 'port_id'), 'port'),
        (('disk_details', 0, 'read_time'), -1), (('cpu_details', 0, 'delay'), '0'),
        (('state_reason',), 'bored'), (('guest_agent',), 'yes'))
    @ddt.unpack
    def test_wrong_value_is_invalid(self, path: tuple[Any, ...], wrong: Any) -> None:
        found = self.sample
        for name in path[:-1]:
            found = found[name]
        found[path[-1]] = wrong
        with self.assert_raises(jsonschema.ValidationError):
            self.validate()

    def test_missing_key_is_invalid(self) -> None:
        del self.sample['num_nics']
        with self.assert_raises(jsonschema.ValidationError):
            self.validate()

    @ddt.data('1.0', '1.1')
    def test_older_versions_have_a_closed_schema_of_their_own(self, version: str) -> None:
        older = diagnostics_view.show(figures.running(), lambda asked: asked <= version)
        jsonschema.validate(older, diagnostics.show['response_body'])
        with self.assert_raises(jsonschema.ValidationError):
            jsonschema.validate(self.sample, diagnostics.show['response_body'])
        with self.assert_raises(jsonschema.ValidationError):
            jsonschema.validate(older, diagnostics.show_1_2['response_body'])

    def test_reasons_are_those_of_the_object(self) -> None:
        self.assertEqual(states.REASONS, tuple(diagnostics._REASONS))

    def test_response_with_only_the_state_is_valid(self) -> None:
        self.sample = {**dict.fromkeys(self.sample), 'state': 'shutdown'}
        self.validate()


class TestHostDiagnostics(base.TestCase):
    def test_servers_are_those_of_a_single_answer_and_may_be_unknown(self) -> None:
        sample = read_sample('host-diagnostics-show-resp')
        single = read_sample('diagnostics-show-resp')
        server = sample['diagnostics'][0]
        self.assertLess(set(single), set(server))
        server.update(dict.fromkeys(single))
        jsonschema.validate(sample, host_diagnostics.show['response_body'])
        del server['host']
        with self.assert_raises(jsonschema.ValidationError):
            jsonschema.validate(sample, host_diagnostics.show['response_body'])


@ddt.ddt
class TestHosts(base.TestCase):
    @ddt.data(
        ('host-status-show-resp', 'server', 'host_maintenance',
         host_status.show, host_status.show_1_2),
        ('hypervisors-show-resp', 'hypervisor', 'maintenance',
         hypervisors.show, hypervisors.show_1_2))
    @ddt.unpack
    def test_reason_of_maintenance_is_in_1_2_alone(
            self, sample: str, envelope: str, field: str, older: Any, newer: Any) -> None:
        found = read_sample(sample)
        jsonschema.validate(found, newer['response_body'])
        with self.assert_raises(jsonschema.ValidationError):
            jsonschema.validate(found, older['response_body'])
        del found[envelope][field]['reason']
        jsonschema.validate(found, older['response_body'])
        with self.assert_raises(jsonschema.ValidationError):
            jsonschema.validate(found, newer['response_body'])

    @ddt.data(('silent', None), ('last_seen_up', 'yesterday'), ('disabled_reason', 7),
              ('why', 'because'))
    @ddt.unpack
    def test_wrong_reason_is_invalid(self, name: str, wrong: Any) -> None:
        found = read_sample('host-status-show-resp')
        found['server']['host_status_reason'][name] = wrong
        with self.assert_raises(jsonschema.ValidationError):
            jsonschema.validate(found, host_status.show_1_2['response_body'])


@ddt.ddt
class TestVersions(base.TestCase):
    @ddt.data(
        (f'compute 2.104, nova-ext {microversions.MAX_VERSION}', True), ('compute 2.104', False),
        ('nova-ext 1.0', False), ('compute latest, nova-ext latest', False))
    @ddt.unpack
    def test_only_a_header_with_both_versions_is_valid(self, version: str, valid: bool) -> None:
        found = jsonschema.Draft202012Validator(parts.HEADER).is_valid(
            {'openstack-api-version': version})
        self.assertIs(valid, found)

    def test_newest_version_is_the_same_in_the_plugin(self) -> None:
        source = pathlib.Path(parts.__file__).parents[1] / 'tests/base.py'
        self.assertIn(f"NEWEST = '{microversions.MAX_VERSION}'", source.read_text())
