# SPDX-License-Identifier: Apache-2.0
"""Failures that must not reach Nova."""

from __future__ import annotations

import logging

from nova_ext.virt.best_effort import best_effort
from tests.unit import base, support


class TestFailureIsolation(base.TestCase):
    """What nova-ext adds to an operation of Nova must not make it fail."""

    def test_error_is_logged_with_its_server_and_not_raised(self) -> None:
        server = support.instance()
        with best_effort('The history stays', server):
            raise KeyError('x')
        warning, = (record for record in self.logs.records if record.levelno >= logging.WARNING)
        self.assertEqual("The history stays: KeyError: 'x'", warning.getMessage())
        self.assertIn(server.uuid, str(vars(warning)['instance']))
        self.assertIsNotNone(warning.exc_info)

    def test_exit_of_the_process_is_not_prevented(self) -> None:
        with self.assert_raises(SystemExit), best_effort('', support.instance()):
            raise SystemExit

    def test_nothing_is_logged_without_an_error(self) -> None:
        self.logs.set_level(logging.DEBUG)
        done = False
        with best_effort('', support.instance()):
            done = True
        self.assertTrue(done)
        self.assertEqual([], self.logs.messages(logger='nova_ext'))
