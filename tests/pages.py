# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of a page and compares what they print with what the page shows."""

from __future__ import annotations

import pathlib

import pytest

from tools.documentation import blocks, output
from tools.documentation.shells import Shell

#: Seconds that a command may take on a busy machine.
_TIMEOUT = 120


def commands(page: pathlib.Path) -> list[blocks.Command]:
    """The commands of a page that are run, in order."""
    return [command for block in blocks.find(page, page.read_text())
            if block.language == 'console' for command in blocks.commands(block)]


def run_and_compare(page: pathlib.Path, command: blocks.Command, shell: Shell) -> None:
    """Run a command, and compare its exit status and output with those of the page."""
    where = f'{blocks.name(page)}:{command.line}: {command.text}'
    marker = command.marker
    try:
        done = shell.run(command.text, _TIMEOUT, marker.seconds)
    except (TimeoutError, EOFError) as error:
        pytest.fail(f'{where}\n{error}')
    assert done.status == marker.status, f'{where}\nexited with {done.status}:\n{done.printed}'
    if command.output:
        assert output.matches(
            command.output, done.printed, figures_vary=marker.figures_vary), (
            f'{where}\nprinted\n{done.printed}\nbut the page has\n{command.output}')
