# SPDX-License-Identifier: Apache-2.0
"""The plugin's schemas beside the samples of api_ref: the same answers, described twice."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import jsonschema
import pytest

from nova_ext.api import microversions
from nova_ext.tempest_plugin.schemas import (
    diagnostics,
    discovery,
    host_status,
    hypervisors,
    parts,
)

SAMPLES = pathlib.Path(__file__).parents[3] / 'api_ref/samples'

PAIRS = {
    'diagnostics-show-resp': diagnostics.show,
    'diagnostics-shutdown-resp': diagnostics.show,
    'discovery-show-resp': discovery.show,
    'host-status-detail-resp': host_status.index,
    'host-status-show-resp': host_status.show,
    'hypervisors-detail-resp': hypervisors.index,
    'hypervisors-list-resp': hypervisors.index,
    'hypervisors-show-resp': hypervisors.show,
}


def _sample(name: str) -> Any:
    return json.loads((SAMPLES / f'{name}.json').read_text())


def test_every_answer_that_has_a_sample_has_a_schema() -> None:
    answers = {path.stem for path in SAMPLES.glob('*.json')} - {'error-resp'}
    assert answers == set(PAIRS)


@pytest.mark.parametrize('name', PAIRS)
def test_samples_are_valid(name: str) -> None:
    jsonschema.validate(_sample(name), PAIRS[name]['response_body'])


@pytest.mark.parametrize('path, wrong', [
    (('uptime',), 'long'), (('uptime',), -1), (('memory_details', 'used'), 1.5),
    (('cpu_details', 0, 'utilisation'), 101), (('state',), 'asleep'), (('config_drive',), 'True'),
    (('errors_count',), 0), (('nic_details', 0, 'rx_rate'), '300'),
])
def test_wrong_diagnostics_are_not(path: tuple[Any, ...], wrong: Any) -> None:
    sample = found = _sample('diagnostics-show-resp')
    for name in path[:-1]:
        found = found[name]
    found[path[-1]] = wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(sample, diagnostics.show['response_body'])


def test_a_missing_key_is_not() -> None:
    sample = _sample('diagnostics-show-resp')
    del sample['num_nics']
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(sample, diagnostics.show['response_body'])


def test_a_host_without_the_plugin_knows_little() -> None:
    sample = dict.fromkeys(_sample('diagnostics-show-resp'))
    jsonschema.validate({**sample, 'state': 'shutdown'}, diagnostics.show['response_body'])


@pytest.mark.parametrize('version, valid', [
    (f'compute 2.104, nova-ext {microversions.MAX_VERSION}', True),
    ('compute 2.104', False), ('nova-ext 1.0', False), ('compute latest, nova-ext latest', False),
])
def test_the_header_has_both_versions(version: str, valid: bool) -> None:
    found = jsonschema.Draft202012Validator(parts.HEADER).is_valid(
        {'openstack-api-version': version})
    assert found is valid


def test_the_tests_know_the_newest_version() -> None:
    source = pathlib.Path(parts.__file__).parents[1] / 'tests/base.py'
    assert f"NEWEST = '{microversions.MAX_VERSION}'" in source.read_text()
