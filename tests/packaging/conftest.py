# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the packaging tests: virtual environments and the plugin's wheel."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from sandbox import environments, settings, venvs, wheels


@pytest.fixture(scope='session')
def wheel() -> pathlib.Path:
    """The wheel of the plugin, built from this checkout."""
    return wheels.plugin_wheel(venvs.nova_venv(settings.DEFAULT_NOVA, plugin=False))


@pytest.fixture(scope='session')
def nova(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pathlib.Path]:
    """A virtual environment with the newest Nova and without the plugin. Tests may change it."""
    stock = venvs.nova_venv(settings.DEFAULT_NOVA, plugin=False)
    copy = stock.with_name('packaging')  # on the same file system, for hard links
    shutil.rmtree(copy, ignore_errors=True)
    environments.clone(stock, copy)
    yield copy
    shutil.rmtree(copy)


def python(venv: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the Python of a virtual environment, in a directory that is not the checkout."""
    return subprocess.run(
        [str(venv / 'bin/python'), '-W', 'ignore', *arguments], cwd='/', capture_output=True,
        text=True, timeout=300, check=False)
