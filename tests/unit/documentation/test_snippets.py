# SPDX-License-Identifier: Apache-2.0
"""Configuration that pages show is what Nova and nova-ext read."""

from __future__ import annotations

import pathlib
import re
import sys
from typing import Any

import pytest

from tests.documentation import blocks, snippets
from tests.unit.cmd.test_paste import GOOD

SHOWN = [
    (f'{blocks.name(page)}:{block.line}', block.text)
    for page in blocks.pages() for block in blocks.find(page, page.read_text())
    if block.language == 'ini' and (
        block.marker is None or block.marker.place != blocks.NOWHERE)]


@pytest.mark.parametrize('text', [text for _, text in SHOWN], ids=[where for where, _ in SHOWN])
def test_what_is_shown(text: str, conf: Any, tmp_path: pathlib.Path) -> None:
    assert snippets.problems(text, conf, tmp_path) == []


def test_the_pipelines_are_novas() -> None:
    """With the filter added, and nothing else."""
    nova = pathlib.Path(sys.prefix, 'etc/nova/api-paste.ini').read_text()
    [shown] = [text for _, text in SHOWN if '[composite:' in text]
    assert re.findall('(?m)^keystone = .*', shown.replace(' nova_ext', '')) == re.findall(
        '(?m)^keystone = .* osapi_compute_app_v21$', nova)


def test_the_pages_show_both_files() -> None:
    shown = '\n'.join(text for _, text in SHOWN)
    assert '[filter:nova_ext]' in shown and 'compute_driver = nova_ext.LibvirtDriver' in shown


@pytest.mark.parametrize(('text', 'problem'), [
    ('[nova_ext]\nsample_intervall = 5\n', '[nova_ext] sample_intervall: NoSuchOptError'),
    ('[nova_ext]\nsample_interval = soon\n', 'ConfigFileValueError'),
    ('[nova_extra]\na = 1\n', 'NoSuch'),
    ('[DEFAULT]\ncompute_drive = x\n', '[DEFAULT] compute_drive: NoSuchOptError'),
    (GOOD.replace('keystonecontext nova_ext', 'nova_ext keystonecontext'), 'Move it there'),
    (GOOD.replace('egg:nova-ext', 'egg:nova_extra'), 'no filter of nova-ext'),
])
def test_what_is_wrong_is_seen(
        text: str, problem: str, conf: Any, tmp_path: pathlib.Path) -> None:
    assert problem in ' '.join(snippets.problems(text, conf, tmp_path))
