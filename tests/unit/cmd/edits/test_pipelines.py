# SPDX-License-Identifier: Apache-2.0
"""Pipelines of a paste file with and without the filter."""

from __future__ import annotations

import re

import ddt

from nova_ext.cmd import paste_file
from nova_ext.cmd.edits import pipelines
from tests.fixtures import nova_host
from tests.unit import base
from tests.unit.cmd import test_paste_file

STOCK = nova_host.PASTE.read_text()

#: A pipeline over several lines, and others' habits.
WRITTEN = '''[composite:v21]
use=call:nova.api.auth:pipeline_factory_v21
keystone =
    cors  sizelimit

    # authtoken is not what it was
    authtoken   keystonecontext
    osapi_compute_app_v21
noauth2 = cors noauth2 osapi_compute_app_v21

[app:osapi_compute_app_v21]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory'''


TEXTS = {
    'stock': STOCK, 'written otherwise': WRITTEN, 'without an end': STOCK.rstrip('\n'),
    'of another system': STOCK.replace('\n', '\r\n'), 'with empty lines': f'{STOCK}\n\n'}


@ddt.ddt
class TestPipelines(base.TestCase):
    def assert_enabled(self, text: str) -> None:
        """Assert that the filter is in its place everywhere."""
        found = paste_file.parse(text)
        self.assertEqual({'nova_ext'}, found.filters)
        self.assertTrue(found.pipelines)
        for words in found.pipelines.values():
            self.assertTrue(paste_file.is_in_place(words, found.filters), words)

    @ddt.data(*TEXTS)
    def test_it_is_enabled_and_taken_back_exactly(self, kind: str) -> None:
        text = TEXTS[kind]
        changed = pipelines.enable(text)
        self.assert_enabled(changed)
        self.assertEqual(text, pipelines.disable(changed))

    @ddt.data(*TEXTS)
    def test_enabling_again_changes_nothing(self, kind: str) -> None:
        changed = pipelines.enable(TEXTS[kind])
        self.assertEqual(changed, pipelines.enable(changed))

    def test_other_lines_stay_as_they_are(self) -> None:
        before, after = STOCK.splitlines(), pipelines.enable(STOCK).splitlines()
        different = [(old, new) for old, new in zip(before, after) if old != new]
        self.assertEqual(2, len(different))
        for old, new in different:
            self.assertEqual(old, new.replace('nova_ext ', ''))
        self.assertEqual(['', '[filter:nova_ext]', 'use = egg:nova-ext#nova_ext'],
                         after[len(before):])

    def test_commands_of_the_documentation_are_taken_back_exactly(self) -> None:
        by_hand = re.sub(r'(?m)^(keystone *=.*) osapi_compute_app_v21$',
                         r'\1 nova_ext osapi_compute_app_v21', STOCK)
        by_hand += '\n[filter:nova_ext]\nuse = egg:nova-ext#nova_ext\n'
        self.assertEqual(by_hand, pipelines.enable(STOCK))
        self.assertEqual(STOCK, pipelines.disable(by_hand))

    @ddt.data(
        ('keystonecontext nova_ext osapi', 'nova_ext keystonecontext osapi'),
        ('keystonecontext nova_ext osapi', 'keystonecontext nova_ext nova_ext osapi'),
        ('keystonecontext nova_ext osapi', 'keystonecontext osapi'),
        ('cors authtoken', 'nova_ext cors authtoken'))
    @ddt.unpack
    def test_filter_in_another_place_is_moved(self, good: str, wrong: str) -> None:
        changed = pipelines.enable(test_paste_file.GOOD.replace(good, wrong, 1))
        self.assertEqual(test_paste_file.GOOD, changed)

    def test_filter_of_another_name_is_used(self) -> None:
        text = f'{STOCK}\n[filter:mine]\nuse = egg:nova-ext#nova_ext\n'
        changed = pipelines.enable(text)
        self.assertEqual(2, changed.count(' mine osapi_compute_app_v21'))
        self.assertEqual(text, pipelines.disable(changed))

    def test_what_came_later_stays(self) -> None:
        changed = pipelines.enable(STOCK).replace('cors ', 'own cors ') + '[filter:own]\nuse = a\n'
        self.assertEqual(STOCK.replace('cors ', 'own cors ') + '[filter:own]\nuse = a\n',
                         pipelines.disable(changed))

    def test_section_that_was_changed_stays_and_does_nothing(self) -> None:
        changed = pipelines.enable(STOCK).replace(
            '[filter:nova_ext]\n', '[filter:nova_ext]\n# x\n')
        text = pipelines.disable(changed)
        self.assertNotIn(' nova_ext', text)
        self.assertTrue(text.endswith('[filter:nova_ext]\n# x\nuse = egg:nova-ext#nova_ext\n'))

    def test_section_that_another_pipeline_uses_stays(self) -> None:
        changed = pipelines.enable(STOCK) + '\n[pipeline:own]\npipeline = nova_ext own\n'
        text = pipelines.disable(changed)
        self.assertEqual({}, {section: words for section, words in paste_file.parse(
            text).pipelines.items() if 'nova_ext' in words})
        self.assertEqual({'nova_ext'}, paste_file.parse(text).filters)

    def test_name_that_only_begins_alike_stays(self) -> None:
        text = pipelines.enable(STOCK.replace(' authtoken ', ' nova_extra my_nova_ext '))
        self.assertEqual(2, pipelines.disable(text).count(' nova_extra my_nova_ext '))

    @ddt.data(
        ('[filter:a]\nuse = b\n', "has none of Nova's composites"),
        ('a = b\n', 'cannot be read: File contains no section headers'),
        ('[a]\n[a]\n', 'cannot be read: .*already exists'))
    @ddt.unpack
    def test_text_that_is_no_paste_file_of_novas_is_refused(self, text: str, why: str) -> None:
        with self.assert_raises(paste_file.Unreadable, why):
            pipelines.enable(text)
