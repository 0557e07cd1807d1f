# SPDX-License-Identifier: Apache-2.0
"""Tests of the edit of Nova's api-paste.ini."""

import pytest

from sandbox import paste

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


def test_filter_is_last_before_the_app() -> None:
    lines = paste.add_filter(STOCK, 'nova_ext', 'egg:nova-ext#nova_ext').splitlines()
    assert 'keystone = cors authtoken keystonecontext nova_ext osapi_compute_app_v21' in lines
    assert ('keystone = cors authtoken keystonecontext legacy_v2_compatible nova_ext '
            'osapi_compute_app_v21') in lines


def test_everything_else_stays() -> None:
    edited = paste.add_filter(STOCK, 'nova_ext', 'egg:nova-ext#nova_ext')
    before, after = STOCK.splitlines(), edited.splitlines()
    assert [line for line in before if line not in after] == [
        line for line in before if line.startswith('keystone = ')]
    assert after[len(before):] == ['', '[filter:nova_ext]', 'use = egg:nova-ext#nova_ext']


def test_a_file_without_the_pipelines_is_refused() -> None:
    with pytest.raises(ValueError, match='openstack_compute_api_v21_legacy_v2_compatible'):
        paste.add_filter(STOCK.partition('[composite:openstack_compute_api_v21_legacy')[0],
                         'nova_ext', 'egg:nova-ext#nova_ext')
