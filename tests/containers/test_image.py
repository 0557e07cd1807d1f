# SPDX-License-Identifier: Apache-2.0
"""Images of containers, built as their page says, of one that has Nova as Kolla's have."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from sandbox import settings, venvs, wheels
from sandbox.contained import buildah, images
from sandbox.contained.images import Recipe
from sandbox.errors import SandboxError

pytestmark = pytest.mark.contained_cloud

FILTER = '[filter:nova_ext]\nuse = egg:nova-ext#nova_ext\n'


@pytest.fixture(scope='module')
def recipe() -> Recipe:
    """What the page says, and the image that it builds from."""
    found = images.recipe()
    buildah.ensure()
    images.ensure_base(venvs.nova_venv(settings.DEFAULT_NOVA, plugin=False), found.base)
    return found


@pytest.fixture(scope='module')
def wheel() -> pathlib.Path:
    return wheels.plugin_wheel(venvs.nova_venv(settings.DEFAULT_NOVA, plugin=False))


@pytest.fixture
def other(recipe: Recipe) -> Iterator[str]:
    """Another name for an image of the page's, which is gone afterwards."""
    name = f'{recipe.result}-tried'
    yield name
    buildah.remove(name)


@pytest.fixture(scope='module')
def image(recipe: Recipe) -> str:
    """The image of nova-compute, which the sandbox runs, too."""
    return images.ensure(settings.DEFAULT_NOVA)


def test_image_is_built_without_an_index(
        recipe: Recipe, wheel: pathlib.Path, other: str, tmp_path: pathlib.Path) -> None:
    command = recipe.command.replace(recipe.result, other)
    printed = images.build(recipe.dockerfile, command, wheel, tmp_path)
    assert 'Successfully installed nova-ext-' in printed


def test_nova_compute_runs_as_nova_and_finds_the_driver(image: str) -> None:
    assert buildah.run_in(image, 'id', '-un').strip() == 'nova'
    assert settings.DEFAULT_NOVA in buildah.run_in(image, 'nova-compute', '--version')
    found = buildah.run_in(
        image, f'{images.VENV}/bin/python', '-W', 'ignore', '-c',
        'from nova.virt.nova_ext import LibvirtDriver as ours; '
        'from nova.virt.libvirt.driver import LibvirtDriver as stock; '
        'print(issubclass(ours, stock), ours.__module__)')
    assert found.split() == ['True', 'nova_ext.virt.libvirt.driver']


def test_build_fails_where_nova_would_not_find_the_driver(
        recipe: Recipe, wheel: pathlib.Path, other: str, tmp_path: pathlib.Path) -> None:
    without = '\n'.join(line for line in recipe.dockerfile.splitlines() if '/bin/pip' not in line)
    command = recipe.command.replace(recipe.result, other)
    with pytest.raises(SandboxError, match=r"No module named 'nova\.virt\.nova_ext'"):
        images.build(without, command, wheel, tmp_path)


def test_image_of_the_api_has_the_filter(
        recipe: Recipe, wheel: pathlib.Path, other: str, tmp_path: pathlib.Path) -> None:
    paste = '/etc/nova/api-paste.ini'
    assert FILTER not in buildah.run_in(recipe.base, 'cat', paste)
    command = recipe.command.replace(recipe.result, other)
    images.build(images.for_api(recipe), command, wheel, tmp_path)
    text = buildah.run_in(other, 'cat', paste)
    assert FILTER in text
    assert text.count(' nova_ext osapi_compute_app') == 2
