# SPDX-License-Identifier: Apache-2.0
"""The image of nova-compute, made as the page says."""

from __future__ import annotations

import json
import pathlib
import subprocess

from sandbox.contained import buildah, images
from sandbox.errors import SandboxError
from tests.unit import base


class TestRecipe(base.TestCase):
    def test_page_has_the_dockerfile_and_the_command_that_builds_of_it(self) -> None:
        found = images.recipe()
        self.assertTrue(found.dockerfile.startswith('ARG BASE\nFROM ${BASE}\n'), found)
        self.assertTrue(found.command.startswith('docker build '), found)
        self.assertIn(f'--build-arg VENV={images.VENV} ', found.command)
        self.assertIn(f'--build-arg BASE={found.base} ', found.command)
        self.assertIn(f'--tag {found.result} .', found.command)

    def test_part_of_the_api_goes_before_the_user_that_the_image_runs_as(self) -> None:
        found = images.recipe()
        lines = images.for_api(found).splitlines()
        self.assertEqual('USER nova', lines[-1])
        self.assertEqual([*found.dockerfile.splitlines()[:-1], *found.api.splitlines()],
                         [line for line in lines[:-1] if line])


class TestLayers(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.store = self.make_directory()
        self.patch(buildah, 'STORE', self.store)

    def write(self, kind: str, found: list[dict[str, object]]) -> None:
        path = self.store / f'storage/overlay-{kind}/{kind}.json'
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(found))

    def test_layers_of_an_image_are_the_topmost_first(self) -> None:
        self.write('images', [{'names': ['localhost/base'], 'layer': 'one'},
                              {'layer': 'other'},
                              {'names': ['localhost/image', 'localhost/again'], 'layer': 'two'}])
        self.write('layers', [{'id': 'one'}, {'id': 'other', 'parent': 'one'},
                              {'id': 'two', 'parent': 'one'}])
        folder = self.store / 'storage/overlay'
        self.assertEqual([folder / 'two/diff', folder / 'one/diff'],
                         buildah.layers('localhost/again'))
        self.assertTrue(buildah.exists('localhost/base'))

    def test_image_that_is_not_there_is_named(self) -> None:
        self.assertFalse(buildah.exists('localhost/image'))
        error = self.assertRaises(SandboxError, buildah.layers, 'localhost/image')
        self.assertIn('localhost/image', str(error))


class TestRun(base.TestCase):
    def test_command_that_fails_is_named_with_what_it_says(self) -> None:
        self.patch(subprocess, 'run', lambda words, **_: subprocess.CompletedProcess(
            words, 3, 'said\n', 'why\n'))
        error = self.assertRaises(SandboxError, buildah.run, ['false'], pathlib.Path('/'))
        self.assertEqual('false failed:\nsaid\nwhy\n', str(error))
