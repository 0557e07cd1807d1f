# SPDX-License-Identifier: Apache-2.0
"""Configuration that pages show is what Nova and nova-ext read."""

from __future__ import annotations

import functools
import pathlib
import re
import sys

import ddt

from tests.fixtures import configuration
from tests.unit import base
from tests.unit.cmd.test_paste_file import GOOD
from tools.documentation import blocks, snippets


@functools.cache
def read_snippets() -> dict[str, str]:
    """Return the text of every block of configuration by its page and line."""
    return {
        f'{blocks.name(page)}:{block.line}': block.text
        for page in blocks.pages() for block in blocks.find(page, page.read_text())
        if block.language == 'ini' and (
            block.marker is None or block.marker.place != blocks.NOWHERE)}


@ddt.ddt
class TestProblems(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.conf = self.useFixture(configuration.Configuration()).conf
        self.directory = self.make_directory()

    def find_problems(self, text: str) -> list[str]:
        return snippets.problems(text, self.conf, self.directory)

    def test_snippets_of_all_pages_have_no_problem(self) -> None:
        problems = {where: self.find_problems(text) for where, text in read_snippets().items()}
        self.assertEqual({}, {where: found for where, found in problems.items() if found})

    @ddt.data(
        ('[nova_ext]\nsample_intervall = 5\n', '[nova_ext] sample_intervall: NoSuchOptError'),
        ('[nova_ext]\nsample_interval = soon\n', 'ConfigFileValueError'),
        ('[nova_extra]\na = 1\n', 'NoSuch'),
        ('[DEFAULT]\ncompute_drive = x\n', '[DEFAULT] compute_drive: NoSuchOptError'),
        (GOOD.replace('keystonecontext nova_ext', 'nova_ext keystonecontext'), 'Move it there'),
        (GOOD.replace('egg:nova-ext', 'egg:nova_extra'), 'no nova-ext filter'))
    @ddt.unpack
    def test_problem_of_invalid_snippet_is_named(self, text: str, problem: str) -> None:
        self.assertIn(problem, ' '.join(self.find_problems(text)))


class TestPages(base.TestCase):
    def test_pages_show_nova_conf_and_api_paste_ini(self) -> None:
        shown = '\n'.join(read_snippets().values())
        self.assertIn('[filter:nova_ext]', shown)
        self.assertIn('compute_driver = nova_ext.LibvirtDriver', shown)

    def test_pipelines_are_those_of_nova_with_only_the_filter_added(self) -> None:
        nova = pathlib.Path(sys.prefix, 'etc/nova/api-paste.ini').read_text()
        [shown] = [text for text in read_snippets().values() if '[composite:' in text]
        self.assertEqual(
            re.findall('(?m)^keystone = .* osapi_compute_app_v21$', nova),
            re.findall('(?m)^keystone = .*', shown.replace(' nova_ext', '')))
