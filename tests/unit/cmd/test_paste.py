# SPDX-License-Identifier: Apache-2.0
"""Where the filter is in a paste file, and what an operator is told to do about it."""

from __future__ import annotations

import logging

import pytest

from nova_ext.cmd import paste

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


def told(text: str) -> list[tuple[int, str]]:
    return [(finding.level, finding.text) for finding in paste.check('p.ini', text)]


def test_a_good_one() -> None:
    assert told(GOOD) == [
        (logging.INFO, 'p.ini, [composite:openstack_compute_api_v21], keystone: nova-ext is in '
                       'its place.'),
        (logging.INFO, 'p.ini, [composite:openstack_compute_api_v21_legacy_v2_compatible], '
                       'keystone: nova-ext is in its place.')]


def test_the_filter_may_be_called_otherwise_and_named_by_its_factory() -> None:
    text = GOOD.replace('nova_ext osapi', 'mine osapi').replace(
        '[filter:nova_ext]\nuse = egg:nova-ext#nova_ext',
        '[filter:mine]\npaste.filter_factory = nova_ext.api.filter:filter_factory')
    assert {level for level, _ in told(text)} == {logging.INFO}


def test_no_section() -> None:
    [(level, text)] = told(GOOD.replace('egg:nova-ext#nova_ext', 'egg:theirs#other'))
    assert level == logging.ERROR
    assert text.endswith('Add a section [filter:nova_ext] with "use = egg:nova-ext#nova_ext", and '
                         'nova_ext to the pipelines.')


@pytest.mark.parametrize(('pipeline', 'cure'), [
    ('cors keystonecontext app', 'missing. Put nova_ext last before the application, app.'),
    ('cors nova_ext keystonecontext app',
     'nova-ext is not last before the application, app, so that others see requests after it. '
     'Move it there.'),
    ('', 'missing. Put nova_ext last before the application.')])
def test_a_pipeline_without_it_or_with_it_elsewhere(pipeline: str, cure: str) -> None:
    first, other = told(GOOD.replace(
        'cors authtoken keystonecontext nova_ext osapi_compute_app_v21', pipeline, 1))
    assert first[0] == logging.ERROR
    assert first[1].startswith('p.ini, [composite:openstack_compute_api_v21], keystone: ')
    assert first[1].endswith(cure)
    assert other[0] == logging.INFO


def test_a_file_without_novas_composites() -> None:
    [(level, text)] = told('[filter:nova_ext]\nuse = egg:nova-ext#nova_ext\n')
    assert level == logging.WARNING
    assert 'was not looked at' in text


def test_a_file_that_is_none() -> None:
    [(level, text)] = told('keystone = x\n')
    assert level == logging.ERROR
    assert text.startswith('p.ini cannot be read: File contains no section headers.')
    assert '\n' not in text
