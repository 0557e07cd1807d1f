# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import runpy
import sys

import ddt

from nova_ext import nova_internals
from nova_ext.nova_internals import Internal
from tests.unit import base

GOOD = Internal('nova.compute.api', 'API.get', ('self', 'context'))


@ddt.ddt
class TestMoved(base.TestCase):
    def test_installed_nova_is_as_expected(self) -> None:
        self.assertEqual([], nova_internals.moved())

    @ddt.data(
        (Internal('nova.nonsense', 'API'), 'nova.nonsense.API is gone'),
        (Internal('nova.compute.api', 'API.nonsense'), 'nova.compute.api.API.nonsense is gone'),
        (Internal('nova.compute.api', 'API.get', ('self', 'uuid')),
         'nova.compute.api.API.get takes'),
        (Internal('nova.compute.api', 'API.get', source=('raise Nonsense',)),
         "nova.compute.api.API.get does not hold 'raise Nonsense' any more."))
    @ddt.unpack
    def test_change_is_named(self, internal: Internal, complaint: str) -> None:
        self.patch(nova_internals, 'INTERNALS', (GOOD, internal))
        [found] = nova_internals.moved()
        self.assertEqual(complaint, found[:len(complaint)])

    def test_module_can_be_run_from_the_command_line(self) -> None:
        name = nova_internals.__name__
        self.addCleanup(sys.modules.__setitem__, name, sys.modules.pop(name))
        output = self.capture_output()
        with self.assert_raises(SystemExit) as caught:
            runpy.run_module(name, run_name='__main__')
        self.assertEqual(0, caught.exception.code)
        self.assertEqual(
            f'All {len(nova_internals.INTERNALS)} internals of Nova are as expected.\n',
            output.getvalue())
