# SPDX-License-Identifier: Apache-2.0
"""What the package requires, and the environments in which that is tried."""

from __future__ import annotations

import configparser
import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sandbox import pins, settings
from tests.unit import base
from tests.unit.cli import test_imports


def read_extra(name: str) -> dict[str, Requirement]:
    """Return the requirements of an extra by the names of the distributions."""
    setup = configparser.ConfigParser()
    setup.read(settings.CHECKOUT / 'setup.cfg')
    lines = setup['extras'][name].split('\n')
    found = [Requirement(line) for line in lines if line.strip()]
    return {canonicalize_name(one.name): one for one in found}


def read_pins(name: str) -> dict[str, str]:
    """Return the pinned versions of an environment by the names of the distributions."""
    text = (pins.REQUIREMENTS / f'{name}.txt').read_text()
    return {canonicalize_name(pin): version
            for pin, version in re.findall(r'(?m)^([\w.-]+)==(\S+)', text)}


class TestClientExtra(base.TestCase):
    def test_lower_bounds_are_the_versions_that_are_tried(self) -> None:
        pins = read_pins('client-debian-12')
        for name, requirement in read_extra('cli').items():
            self.assertEqual(f'>={pins[name]}', str(requirement.specifier))

    def test_newest_versions_that_are_tried_are_newer(self) -> None:
        pins = read_pins('client')
        for name, requirement in read_extra('cli').items():
            self.assertIn(pins[name], requirement.specifier)
            self.assertNotEqual(f'>={pins[name]}', str(requirement.specifier))

    def test_everything_that_is_imported_has_a_bound(self) -> None:
        modules = {'cliff': 'cliff', 'keystoneauth1': 'keystoneauth1', 'osc_lib': 'osc-lib',
                   'openstack': 'openstacksdk', 'rich': 'rich'}
        named = {name for name in test_imports.ALLOWED if name in modules}
        self.assertEqual(set(modules), named)
        self.assertLess(set(modules.values()), read_extra('cli').keys())


class TestExporterExtra(base.TestCase):
    def test_lower_bounds_are_met_by_everything_that_is_tried(self) -> None:
        for environment in ('nova-26', 'nova-34'):
            pins = read_pins(environment)
            for name, requirement in read_extra('exporter').items():
                self.assertIn(pins[name], requirement.specifier)

    def test_what_only_the_exporter_needs_is_tried_in_its_oldest_version(self) -> None:
        pins = read_pins('nova-26')
        found = read_extra('exporter')
        for name in ('prometheus-client', 'openstacksdk'):
            self.assertEqual(f'>={pins[name]}', str(found[name].specifier))

    def test_bounds_of_what_both_need_are_those_of_the_command_line(self) -> None:
        command_line, found = read_extra('cli'), read_extra('exporter')
        shared = command_line.keys() & found.keys()
        self.assertEqual({'keystoneauth1', 'openstacksdk'}, shared)
        for name in shared:
            self.assertEqual(command_line[name].specifier, found[name].specifier)
