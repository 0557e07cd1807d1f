# SPDX-License-Identifier: Apache-2.0
"""What is said about a paste file."""

from __future__ import annotations

import logging

import ddt

from nova_ext.cmd import paste_file
from tests.unit import base

#: A paste file with the filter where it belongs.
GOOD = '''
[composite:openstack_compute_api_v21]
use = call:nova.api.auth:pipeline_factory_v21
noauth2 = cors noauth2 osapi_compute_app_v21
keystone = cors authtoken keystonecontext nova_ext osapi_compute_app_v21

[composite:openstack_compute_api_v21_legacy_v2_compatible]
use = call:nova.api.auth:pipeline_factory_v21
keystone = cors authtoken keystonecontext nova_ext osapi_compute_app_v21

[filter:nova_ext]
use = egg:nova-ext#nova_ext

[filter:other]
paste.filter_factory = %(not interpolated:here

[app:osapi_compute_app_v21]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory
'''


@ddt.ddt
class TestPasteFile(base.TestCase):
    def check(self, text: str) -> list[tuple[int, str]]:
        """Return the level and text of each finding in a paste file, p.ini, with that text."""
        return [(finding.level, finding.text) for finding in paste_file.check('p.ini', text)]

    def test_filter_in_both_pipelines_is_fine(self) -> None:
        self.assertEqual([
            (logging.INFO, 'p.ini, [composite:openstack_compute_api_v21], keystone: nova-ext is '
                           'in its place.'),
            (logging.INFO, 'p.ini, [composite:openstack_compute_api_v21_legacy_v2_compatible], '
                           'keystone: nova-ext is in its place.')], self.check(GOOD))

    def test_filter_of_another_name_given_by_its_factory_is_fine(self) -> None:
        text = GOOD.replace('nova_ext osapi', 'mine osapi').replace(
            '[filter:nova_ext]\nuse = egg:nova-ext#nova_ext',
            '[filter:mine]\npaste.filter_factory = nova_ext.api.filter:filter_factory')
        self.assertEqual({logging.INFO}, {level for level, _ in self.check(text)})

    @ddt.data('egg:nova_ext#nova_ext', 'call:nova_ext.api.filter:filter_factory')
    def test_filter_that_is_named_otherwise_is_fine(self, use: str) -> None:
        text = GOOD.replace('egg:nova-ext#nova_ext', use)
        self.assertEqual({logging.INFO}, {level for level, _ in self.check(text)})

    def test_filter_twice_in_a_pipeline_is_an_error(self) -> None:
        level, text = self.check(GOOD.replace(' nova_ext osapi', ' nova_ext nova_ext osapi', 1))[0]
        self.assertEqual(logging.ERROR, level)
        self.assertTrue(
            text.endswith('nova-ext is there more than once. Remove all but the last.'), text)

    def test_section_that_is_there_twice_is_an_error_as_for_nova(self) -> None:
        [(level, text)] = self.check(f'{GOOD}\n[filter:nova_ext]\nuse = egg:nova-ext#nova_ext\n')
        self.assertEqual(logging.ERROR, level)
        self.assertIn("section 'filter:nova_ext' already exists", text)

    def test_missing_filter_section_is_an_error(self) -> None:
        [(level, text)] = self.check(GOOD.replace('egg:nova-ext#nova_ext', 'egg:theirs#other'))
        self.assertEqual(logging.ERROR, level)
        self.assertTrue(text.endswith(
            'Add a section [filter:nova_ext] with "use = egg:nova-ext#nova_ext", and nova_ext to '
            'the pipelines.'), text)

    @ddt.data(
        ('cors keystonecontext app', 'missing. Put nova_ext last before the application, app.'),
        ('cors nova_ext keystonecontext app',
         'nova-ext is not last before the application, app, so that others see requests after '
         'it. Move it there.'),
        ('', 'missing. Put nova_ext last before the application.'))
    @ddt.unpack
    def test_pipeline_without_filter_or_with_it_elsewhere_is_an_error(
            self, pipeline: str, remedy: str) -> None:
        first, other = self.check(GOOD.replace(
            'cors authtoken keystonecontext nova_ext osapi_compute_app_v21', pipeline, 1))
        level, text = first
        self.assertEqual(logging.ERROR, level)
        self.assertTrue(text.startswith(
            'p.ini, [composite:openstack_compute_api_v21], keystone: '), text)
        self.assertTrue(text.endswith(remedy), text)
        self.assertEqual(logging.INFO, other[0])

    def test_file_without_composites_of_nova_is_a_warning(self) -> None:
        [(level, text)] = self.check('[filter:nova_ext]\nuse = egg:nova-ext#nova_ext\n')
        self.assertEqual(logging.WARNING, level)
        self.assertIn('was not looked at', text)

    def test_file_that_cannot_be_parsed_is_an_error(self) -> None:
        [(level, text)] = self.check('keystone = x\n')
        self.assertEqual(logging.ERROR, level)
        self.assertTrue(text.startswith(
            'p.ini cannot be read: File contains no section headers.'), text)
        self.assertNotIn('\n', text)
