# SPDX-License-Identifier: Apache-2.0
"""The environments in which Nova's other drivers are tried."""

from __future__ import annotations

import pathlib

import ddt

from sandbox import pins, settings, venvs
from tests.unit import base
from tools.testing import drivers


@ddt.ddt
class TestEnvironments(base.TestCase):
    @ddt.data(settings.DEFAULT_NOVA, pins.known_series()[0])
    def test_newest_release_is_tried_where_the_tests_are_installed(self, series: str) -> None:
        self.patch(venvs, 'test_venv', lambda: pathlib.Path('/tests'))
        self.assertEqual(pathlib.Path('/tests'), drivers._ENVIRONMENTS['ironic'](series))

    def test_oldest_release_has_an_environment_of_its_own(self) -> None:
        self.patch(venvs, 'ironic_driver_venv',
                   lambda series, plugin: pathlib.Path(f'/ironic-{series}-{plugin}'))
        self.assertEqual(pathlib.Path('/ironic-26-True'), drivers._ENVIRONMENTS['ironic']('26'))
