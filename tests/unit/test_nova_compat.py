# SPDX-License-Identifier: Apache-2.0
"""Internals of Nova that are as expected, changed or gone."""

from __future__ import annotations

import runpy
import sys

import ddt

from nova_ext.nova_compat import check
from nova_ext.nova_compat.internals import Internal
from tests.unit import base

GOOD = Internal('nova.compute.api', 'API.get', ('self', 'context'))


@ddt.ddt
class TestDifferences(base.TestCase):
    def test_installed_nova_is_as_expected(self) -> None:
        self.assertEqual([], check.differences())

    @ddt.data(
        (Internal('nova.nonsense', 'API'), True, 'nova.nonsense.API is gone'),
        (Internal('nova.compute.api', 'API.nonsense'), True,
         'nova.compute.api.API.nonsense is gone'),
        (Internal('nova.compute.api', 'API.get', ('self', 'uuid')), False,
         'nova.compute.api.API.get takes'),
        (Internal('nova.compute.api', 'API.get', source=('raise Nonsense',)), False,
         "nova.compute.api.API.get does not hold 'raise Nonsense' any more."))
    @ddt.unpack
    def test_change_is_named(
            self, internal: Internal, is_gone: bool, text: str) -> None:
        self.patch(check, 'INTERNALS', (GOOD, internal))
        [found] = check.differences()
        self.assertEqual((text, is_gone), (found.text[:len(text)], found.is_gone))

    def test_module_can_be_run_from_the_command_line(self) -> None:
        name = check.__name__
        self.addCleanup(sys.modules.__setitem__, name, sys.modules.pop(name))
        output = self.capture_output()
        with self.assert_raises(SystemExit) as caught:
            runpy.run_module(name, run_name='__main__')
        self.assertEqual(0, caught.exception.code)
        self.assertEqual(
            f'All {len(check.INTERNALS)} internals of Nova are as expected.\n',
            output.getvalue())
