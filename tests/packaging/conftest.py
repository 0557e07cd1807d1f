# SPDX-License-Identifier: Apache-2.0
"""Environments to install into and to look at."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from sandbox import settings, venvs


@pytest.fixture(scope='session')
def wheel() -> pathlib.Path:
    """The plugin as a wheel of this checkout."""
    return venvs.plugin_wheel(venvs.nova_venv(settings.DEFAULT_NOVA, plugin=False))


@pytest.fixture(scope='session')
def nova(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pathlib.Path]:
    """An environment of its own with the newest Nova and without the plugin."""
    stock = venvs.nova_venv(settings.DEFAULT_NOVA, plugin=False)
    copy = stock.with_name('packaging')  # beside it: hard links do not cross file systems
    shutil.rmtree(copy, ignore_errors=True)
    venvs.clone(stock, copy)
    yield copy
    shutil.rmtree(copy)


def python(venv: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run an environment's Python away from the checkout, within five minutes."""
    return subprocess.run(
        [str(venv / 'bin/python'), '-W', 'ignore', *arguments], cwd='/', capture_output=True,
        text=True, timeout=300, check=False)
