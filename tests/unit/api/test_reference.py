# SPDX-License-Identifier: Apache-2.0
"""The API reference and the code say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import yaml

from api_ref.ext import routes
from api_ref.ext.routes import Operation
from nova_ext.api import microversions
from nova_ext.api.controllers import base
from sandbox import settings

SOURCE = settings.CHECKOUT / 'api_ref/source'
HISTORY = settings.CHECKOUT / 'doc/source/microversion-history.rst'
PARAMETERS: dict[str, dict[str, Any]] = yaml.safe_load(
    re.sub(r'(min_version: )(.*)', r"\1'\2'", (SOURCE / 'parameters.yaml').read_text()))

#: What Nova's representations are in, and ours beside them.
ENVELOPES = {'server', 'servers', 'hypervisor', 'hypervisors'}

#: Nova's own fields in the samples of Nova's operations, which Nova's reference documents.
NOVAS = {
    'servers': {'id', 'name', 'status'},
    'os-hypervisors': {
        'id', 'hypervisor_hostname', 'hypervisor_type', 'hypervisor_version', 'host_ip'},
}


class Section(NamedTuple):
    """What is written about one operation."""

    operation: Operation
    #: Name of each parameter that is documented, and its definition.
    parameters: list[tuple[str, dict[str, Any]]]
    #: Files with samples of its response.
    samples: list[str]

    def names(self, place: str) -> set[str]:
        """The parameters in the header, path, query or body."""
        return {name for name, definition in self.parameters if definition['in'] == place}


def sections() -> Iterator[Section]:
    for path in sorted(SOURCE.glob('*.inc')):
        for text in path.read_text().split('.. rest_method:: ')[1:]:
            method, url = text.splitlines()[0].split()
            yield Section(
                Operation(method, url),
                [(name, PARAMETERS[key]) for name, key in references(text)],
                re.findall(r'literalinclude:: \.\./samples/(\S+)', text))


def references(text: str) -> list[tuple[str, str]]:
    """Each parameter's name, and what it is called in parameters.yaml."""
    return re.findall(r'(?m)^   - ([A-Za-z][\w.-]*): (\w+)$', text)


SECTIONS = list(sections())


def fields(value: Any, prefix: str = '') -> Iterator[str]:
    """The names of everything in a sample, with dots: ``cpu_details.id``."""
    if isinstance(value, list):
        for item in value:
            yield from fields(item, prefix)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not prefix and name in ENVELOPES and isinstance(inner, (dict, list)):
                yield from fields(inner)
            else:
                yield prefix + name
                yield from fields(inner, f'{prefix}{name}.')


@pytest.fixture
def declared(transport: Any, conf: Any) -> list[base.Route]:
    return routes.routes(conf)


def test_every_operation_is_documented_and_no_other(declared: list[base.Route]) -> None:
    operations = {routes.operation(route) for route in declared}
    assert Operation('GET', '/nova-ext') in operations
    assert list(routes.differences(
        operations, {section.operation for section in SECTIONS})) == []


def test_an_operation_that_is_missing_on_either_side_is_named() -> None:
    here, there = Operation('GET', '/servers/{id}'), Operation('PUT', '/servers/{id}')
    assert list(routes.differences({here}, {here})) == []
    assert list(routes.differences({here, there}, {here})) == [
        'PUT /servers/{id} is served and has no rest_method directive in api_ref/source.']
    assert list(routes.differences({here}, {here, there})) == [
        'PUT /servers/{id} is documented, and no controller declares it.']


def test_query_parameters_are_those_of_the_schemas(declared: list[base.Route]) -> None:
    wanted = {
        routes.operation(route): {
            name: route.query_versions.get(name, microversions.MIN_VERSION)
            for name in route.query_schema['properties']}
        for route in declared}
    found = {
        section.operation: {
            name: definition.get('min_version', microversions.MIN_VERSION)
            for name, definition in section.parameters if definition['in'] == 'query'}
        for section in SECTIONS}
    assert found == wanted


def test_path_parameters_are_those_of_the_path() -> None:
    for section in SECTIONS:
        assert section.names('path') == set(re.findall(r'{(\w+)}', section.operation.path))


@pytest.mark.parametrize(
    ('section', 'sample'), [
        pytest.param(section, sample, id=f'{section.operation.path}-{sample}')
        for section in SECTIONS for sample in section.samples])
def test_the_fields_of_a_sample_are_documented_and_no_others(
        section: Section, sample: str) -> None:
    body = json.loads((SOURCE.parent / 'samples' / sample).read_text())
    resource = section.operation.path.split('/')[1]
    novas = NOVAS.get(resource, set()) if ENVELOPES & set(body) else set()
    assert set(fields(body)) - novas == section.names('body')


def test_every_sample_and_every_parameter_is_used() -> None:
    text = ''.join(path.read_text() for path in SOURCE.glob('*.inc'))
    samples = {path.name for path in (SOURCE.parent / 'samples').iterdir()}
    assert samples == set(re.findall(r'samples/(\S+)', text))
    assert set(PARAMETERS) == {key for _, key in references(text)}


def test_parameters_begin_with_versions_that_are_served() -> None:
    assert {definition.get('min_version', microversions.MIN_VERSION)
            for definition in PARAMETERS.values()} <= set(microversions.VERSIONS)


def test_the_history_tells_of_every_version_and_of_no_other() -> None:
    titles = re.findall(r'(?m)^(\d+\.\d+)\b.*\n-{3,}$', HISTORY.read_text())
    assert titles == microversions.VERSIONS
