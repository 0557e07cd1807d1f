# SPDX-License-Identifier: Apache-2.0
"""Tests of what counts as passed in a run of Tempest."""

from __future__ import annotations

import subprocess

import pytest

from sandbox import tempest as sandbox_tempest
from tests import tempest

NO_PLUGIN = 'This cloud has no nova-ext: its Nova does not know GET /nova-ext.'


def _run(monkeypatch: pytest.MonkeyPatch, *ended: tuple[str, str]) -> tempest.Run:
    """A run whose tests ended so: status and reason."""
    monkeypatch.setattr(sandbox_tempest, 'forget', lambda: None)
    monkeypatch.setattr(subprocess, 'run', lambda *_, **__: None)
    monkeypatch.setattr(sandbox_tempest, 'results', lambda: [
        {'id': str(number), 'status': status, 'reason': reason}
        for number, (status, reason) in enumerate(ended)])
    return tempest.Run(tempest.PLUGIN)


@pytest.mark.parametrize('ended, count', [
    ([], (0, 1)),
    ([('success', '')], (1, 0)),
    ([('success', ''), ('fail', '')], (1, 1)),
    ([('success', ''), ('inprogress', '')], (1, 1)),
    ([('success', ''), ('skip', 'why')], (1, 1)),
])
def test_where_everything_has_to_pass(
        monkeypatch: pytest.MonkeyPatch, ended: list[tuple[str, str]],
        count: tuple[int, int]) -> None:
    assert _run(monkeypatch, *ended).everything_passed() == count


@pytest.mark.parametrize('ended, count', [
    ([], (0, 1)),
    ([('skip', NO_PLUGIN)], (1, 0)),
    ([('skip', NO_PLUGIN), ('skip', 'something else')], (0, 1)),
    ([('skip', NO_PLUGIN), ('fail', '')], (0, 1)),
    ([('skip', NO_PLUGIN), ('success', '')], (0, 1)),
])
def test_where_everything_has_to_be_skipped(
        monkeypatch: pytest.MonkeyPatch, ended: list[tuple[str, str]],
        count: tuple[int, int]) -> None:
    assert _run(monkeypatch, *ended).skipped_for_want_of_the_plugin() == count
