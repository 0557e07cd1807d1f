# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import logging
from typing import Any

import pytest

from nova_ext.virt.libvirt import resources

UPTIME = ' 12:00:00 up 1 day'


@pytest.mark.parametrize('stats', [None, {}, {'numa': '1'}])
def test_the_uptime_is_stored_beside_what_is_there(stats: Any) -> None:
    found: dict[str, Any] = {'vcpus': 4}
    if stats is not None:
        found['stats'] = dict(stats)
    resources.add_uptime(found, lambda: UPTIME)
    assert found == {'vcpus': 4, 'stats': {**(stats or {}), 'uptime': UPTIME}}


@pytest.mark.parametrize('uptime', ['as Nova stored it', None])
def test_what_novas_driver_stored_stays(uptime: Any) -> None:
    def unasked() -> str:
        raise AssertionError

    found = {'stats': {'uptime': uptime}}
    resources.add_uptime(found, unasked)
    assert found == {'stats': {'uptime': uptime}}


def test_without_uptime_the_resources_are_reported_all_the_same(
        caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> str:
        raise OSError('no such command')

    found: dict[str, Any] = {'vcpus': 4}
    with caplog.at_level(logging.WARNING):
        resources.add_uptime(found, broken)
    assert found == {'vcpus': 4, 'stats': {}}
    assert 'OSError: no such command' in caplog.text
