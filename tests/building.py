# SPDX-License-Identifier: Apache-2.0
"""How the documentation, the API reference and the release notes are built.

Warnings are errors, and a reference that leads nowhere is a warning.
"""

from __future__ import annotations

import shutil

from sandbox import settings, venvs

OUTPUT = settings.STATE / 'docs'

#: What is built, and where it is in the checkout.
SOURCES = {
    'doc': 'doc/source',
    'api_ref': 'api_ref/source',
    'releasenotes': 'releasenotes/source',
}


def commands() -> list[list[str]]:
    """One command a build. What the last ones made is deleted, so that no page outlives its text.

    :raises sandbox.errors.SandboxError: the environment cannot be made
    """
    builder = venvs.docs_venv() / 'bin/sphinx-build'
    shutil.rmtree(OUTPUT, ignore_errors=True)
    return [
        [str(builder), source, str(OUTPUT / name), '-b', 'html', '-n', '-q', '-W', '--keep-going',
         '-d', str(OUTPUT / '.doctrees' / name)]
        for name, source in SOURCES.items()]
