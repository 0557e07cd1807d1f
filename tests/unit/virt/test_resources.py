# SPDX-License-Identifier: Apache-2.0
"""The uptime of a host among its resources."""

from __future__ import annotations

import logging
from typing import Any

import ddt

from nova_ext.virt import resources
from tests.unit import base

UPTIME = ' 12:00:00 up 1 day'


@ddt.ddt
class TestAddUptime(base.TestCase):
    @ddt.data(None, {}, {'numa': '1'})
    def test_uptime_is_added_to_stats(self, stats: Any) -> None:
        reported: dict[str, Any] = {'vcpus': 4}
        if stats is not None:
            reported['stats'] = dict(stats)
        resources.add_uptime(reported, lambda: UPTIME)
        self.assertEqual({'vcpus': 4, 'stats': {**(stats or {}), 'uptime': UPTIME}}, reported)

    @ddt.data('as Nova stored it', None)
    def test_uptime_from_nova_driver_is_kept(self, uptime: Any) -> None:
        def get_uptime() -> str:
            raise AssertionError

        reported = {'stats': {'uptime': uptime}}
        resources.add_uptime(reported, get_uptime)
        self.assertEqual({'stats': {'uptime': uptime}}, reported)
        self.assertEqual([], self.logs.messages(logging.WARNING, resources.__name__))

    def test_resources_are_reported_when_uptime_fails(self) -> None:
        def get_uptime() -> str:
            raise OSError('no such command')

        reported: dict[str, Any] = {'vcpus': 4}
        resources.add_uptime(reported, get_uptime)
        self.assertEqual({'vcpus': 4, 'stats': {}}, reported)
        warning, = self.logs.messages(logging.WARNING, resources.__name__)
        self.assertIn('OSError: no such command', warning)
