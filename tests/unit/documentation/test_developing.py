# SPDX-License-Identifier: Apache-2.0
"""Commands of pages that are not run but checked."""

from __future__ import annotations

import ddt

from tests.unit import base
from tools.documentation import developing


@ddt.ddt
class TestCommands(base.TestCase):
    @ddt.data(
        'make test',
        'make live   # once: brings the cloud up',
        'sandbox/stack up --hosts 3 --stock-host 3',
        'sandbox/stack openstack hypervisor list',
        'sandbox/stack restart nova-compute --host 1',
        'sandbox/stack exec --net .sandbox/venvs/test/bin/python -W ignore -m pytest '
        'tests/live/test_uptime.py',
        'python3 -m sandbox.venvs create test',
        '.sandbox/venvs/test/bin/ruff check .',
        '.sandbox/venvs/test/bin/stestr run tests.unit.api.test_samples',
        '.sandbox/venvs/test/bin/stestr run tests.unit.test_policy.TestPolicy.test_x',
        'make unit TESTS=tests.unit.api',
        'make live TESTS=tests/live/test_uptime.py',
        'tox -e py3',
        'python3 -m pytest tests/unit/documentation/test_developing.py::test_x',
        'git commit')
    def test_valid_command_has_no_problem(self, command: str) -> None:
        self.assertIsNone(developing.problem(command))

    @ddt.data(
        ('make coffee', 'no target coffee'),
        ('sandbox/stack fly', 'invalid choice'),
        ('sandbox/stack up --persons 3', 'unrecognized arguments: --persons'),
        ('python3 -m sandbox.castle', 'no module sandbox.castle'),
        ('sandbox/castle', 'no sandbox/castle'),
        ('.sandbox/venvs/snake/bin/python', 'no environment snake'),
        ('sandbox/stack exec --net .sandbox/venvs/test/bin/python -m pytest '
         'tests/live/test_x.py', 'no tests/live/test_x.py'),
        ('.sandbox/venvs/test/bin/stestr run tests.unit.cook', 'no module tests.unit.cook'),
        ('make unit TESTS=tests.unit.cook', 'no module tests.unit.cook'),
        ('make live TESTS=tests/live/test_x.py', 'no tests/live/test_x.py'),
        ('tofu apply', 'nothing is known about tofu'))
    @ddt.unpack
    def test_problem_of_invalid_command_is_named(self, command: str, problem: str) -> None:
        self.assertIn(problem, str(developing.problem(command)))
