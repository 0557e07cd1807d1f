# SPDX-License-Identifier: Apache-2.0
"""The edit of Nova's api-paste.ini."""

from __future__ import annotations

from sandbox import paste_file
from tests.unit import base

STOCK = '''\
# the file of Nova
[composite:openstack_compute_api_v21]
use = call:nova.api.auth:pipeline_factory_v21
noauth2 = cors noauth2 osapi_compute_app_v21
keystone = cors authtoken keystonecontext osapi_compute_app_v21

[composite:openstack_compute_api_v21_legacy_v2_compatible]
use = call:nova.api.auth:pipeline_factory_v21
keystone = cors authtoken keystonecontext legacy_v2_compatible osapi_compute_app_v21

[pipeline:oscomputeversions]
pipeline = cors faultwrap oscomputeversionapp

[filter:keystonecontext]
paste.filter_factory = nova.api.auth:NovaKeystoneContext.factory
'''


class TestFilter(base.TestCase):
    def add_filter(self, text: str = STOCK) -> str:
        return paste_file.add_filter(text, 'nova_ext', 'egg:nova-ext#nova_ext')

    def test_filter_is_last_before_the_application(self) -> None:
        lines = self.add_filter().splitlines()
        self.assertIn(
            'keystone = cors authtoken keystonecontext nova_ext osapi_compute_app_v21', lines)
        self.assertIn('keystone = cors authtoken keystonecontext legacy_v2_compatible nova_ext '
                      'osapi_compute_app_v21', lines)

    def test_other_lines_are_unchanged(self) -> None:
        before, after = STOCK.splitlines(), self.add_filter().splitlines()
        self.assertEqual([line for line in before if line.startswith('keystone = ')],
                         [line for line in before if line not in after])
        self.assertEqual(
            ['', '[filter:nova_ext]', 'use = egg:nova-ext#nova_ext'], after[len(before):])

    def test_file_without_the_pipelines_raises(self) -> None:
        with self.assert_raises(ValueError, 'openstack_compute_api_v21_legacy_v2_compatible'):
            self.add_filter(STOCK.partition('[composite:openstack_compute_api_v21_legacy')[0])
