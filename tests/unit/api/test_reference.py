# SPDX-License-Identifier: Apache-2.0
"""The API reference agrees with the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import ddt
import yaml

from api_ref.ext import routes
from api_ref.ext.routes import Operation
from nova_ext.api import microversions
from sandbox import settings
from tests.fixtures import configuration, rpc
from tests.unit import base

SOURCE = settings.CHECKOUT / 'api_ref/source'
HISTORY = settings.CHECKOUT / 'doc/source/microversion-history.rst'
PARAMETERS: dict[str, dict[str, Any]] = yaml.safe_load(
    re.sub(r'(min_version: )(.*)', r"\1'\2'", (SOURCE / 'parameters.yaml').read_text()))

#: The keys around a representation of Nova's, to which nova-ext adds fields.
ENVELOPES = {'server', 'servers', 'hypervisor', 'hypervisors'}

#: Objects whose keys are values, and those of them that have objects behind them.
MAPS = {'down_cells', 'missing_hosts', 'host_failures'}
MAPS_OF_OBJECTS = {'host_failures'}

#: Nova's own fields in the samples of Nova's operations, which Nova's reference documents.
NOVA_FIELDS = {
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
        """Return the parameters in the header, path, query or body."""
        return {name for name, definition in self.parameters if definition['in'] == place}


def read_sections() -> Iterator[Section]:
    for path in sorted(SOURCE.glob('*.inc')):
        for text in path.read_text().split('.. rest_method:: ')[1:]:
            method, url = text.splitlines()[0].split()
            yield Section(
                Operation(method, url),
                [(name, PARAMETERS[key]) for name, key in find_references(text)],
                re.findall(r'literalinclude:: \.\./samples/(\S+)', text))


def find_references(text: str) -> list[tuple[str, str]]:
    """Return each parameter's name with its key in parameters.yaml."""
    return re.findall(r'(?m)^   - ([A-Za-z][\w.-]*): (\w+)$', text)


SECTIONS = list(read_sections())


def list_fields(value: Any, prefix: str = '') -> Iterator[str]:
    """Yield the names of everything in a sample, with dots: ``cpu_details.id``."""
    if isinstance(value, list):
        for item in value:
            yield from list_fields(item, prefix)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not prefix and name in ENVELOPES and isinstance(inner, (dict, list)):
                yield from list_fields(inner)
            else:
                yield prefix + name
                if name not in MAPS:
                    yield from list_fields(inner, f'{prefix}{name}.')
                elif name in MAPS_OF_OBJECTS:
                    yield from list_fields(list(inner.values()), f'{prefix}{name}.')


class TestOperations(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        conf = self.useFixture(configuration.Configuration()).conf
        self.useFixture(rpc.Rpc(conf))
        self.declared = routes.routes(conf)

    def test_documented_operations_are_those_that_are_served(self) -> None:
        operations = {routes.operation(route) for route in self.declared}
        self.assertIn(Operation('GET', '/nova-ext'), operations)
        self.assertEqual([], list(routes.differences(
            operations, {section.operation for section in SECTIONS})))

    def test_documented_query_parameters_are_those_of_the_schemas(self) -> None:
        expected = {
            routes.operation(route): {
                name: route.query_versions.get(name, microversions.MIN_VERSION)
                for name in route.query_schema.names}
            for route in self.declared}
        documented = {
            section.operation: {
                name: definition.get('min_version', microversions.MIN_VERSION)
                for name, definition in section.parameters if definition['in'] == 'query'}
            for section in SECTIONS}
        self.assertEqual(expected, documented)


@ddt.ddt
class TestDifferences(base.TestCase):
    HERE = Operation('GET', '/servers/{id}')
    THERE = Operation('PUT', '/servers/{id}')

    def test_same_operations_have_no_differences(self) -> None:
        self.assertEqual([], list(routes.differences({self.HERE}, {self.HERE})))

    @ddt.data(
        ({HERE, THERE}, {HERE},
         'PUT /servers/{id} is served and has no rest_method directive in api_ref/source.'),
        ({HERE}, {HERE, THERE},
         'PUT /servers/{id} is documented, and no controller declares it.'))
    @ddt.unpack
    def test_operation_missing_on_either_side_is_named(
            self, declared: set[Operation], documented: set[Operation], expected: str) -> None:
        self.assertEqual([expected], list(routes.differences(declared, documented)))


@ddt.ddt
class TestReference(base.TestCase):
    def test_documented_path_parameters_are_those_of_the_path(self) -> None:
        self.assertTrue(SECTIONS)
        for section in SECTIONS:
            self.assertEqual(
                set(re.findall(r'{(\w+)}', section.operation.path)), section.names('path'))

    @ddt.named_data(*(
        [f'{section.operation.path} {sample}', section, sample]
        for section in SECTIONS for sample in section.samples))
    @ddt.unpack
    def test_documented_fields_are_those_of_the_sample(
            self, section: Section, sample: str) -> None:
        body = json.loads((SOURCE.parent / 'samples' / sample).read_text())
        resource = section.operation.path.split('/')[1]
        novas = NOVA_FIELDS.get(resource, set()) if ENVELOPES & set(body) else set()
        self.assertEqual(section.names('body'), set(list_fields(body)) - novas)

    def test_every_sample_and_every_parameter_is_used(self) -> None:
        text = ''.join(path.read_text() for path in SOURCE.glob('*.inc'))
        samples = {path.name for path in (SOURCE.parent / 'samples').iterdir()}
        self.assertEqual(samples, set(re.findall(r'samples/(\S+)', text)))
        self.assertEqual(set(PARAMETERS), {key for _, key in find_references(text)})

    def test_min_versions_of_parameters_are_served(self) -> None:
        used = {definition.get('min_version', microversions.MIN_VERSION)
                for definition in PARAMETERS.values()}
        self.assertLessEqual(used, set(microversions.VERSIONS))

    def test_history_has_a_section_for_each_version(self) -> None:
        titles = re.findall(r'(?m)^(\d+\.\d+)\b.*\n-{3,}$', HISTORY.read_text())
        self.assertEqual(microversions.VERSIONS, titles)
