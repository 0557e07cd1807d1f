# SPDX-License-Identifier: Apache-2.0
"""What is found wrong in commands that are looked over."""

from __future__ import annotations

import pytest

from tests.documentation import developing


@pytest.mark.parametrize('command', [
    'make test',
    'make live   # once: brings the cloud up',
    'sandbox/stack up --hosts 3 --stock-host 3',
    'sandbox/stack openstack hypervisor list',
    'sandbox/stack restart nova-compute --host 1',
    'sandbox/stack exec --net .sandbox/venvs/test/bin/python -W ignore -m pytest '
    'tests/live/test_uptime.py',
    'python3 -m sandbox.venvs create test',
    '.sandbox/venvs/test/bin/ruff check .',
    'python3 -m pytest tests/unit/documentation/test_developing.py::test_x',
    'git commit',
])
def test_what_looks_right(command: str) -> None:
    assert developing.problem(command) is None


@pytest.mark.parametrize(('command', 'problem'), [
    ('make coffee', 'no target coffee'),
    ('sandbox/stack fly', 'invalid choice'),
    ('sandbox/stack up --persons 3', 'unrecognized arguments: --persons'),
    ('python3 -m sandbox.castle', 'no module sandbox.castle'),
    ('sandbox/castle', 'no sandbox/castle'),
    ('.sandbox/venvs/snake/bin/python', 'no environment snake'),
    ('sandbox/stack exec --net .sandbox/venvs/test/bin/python -m pytest tests/live/test_x.py',
     'no tests/live/test_x.py'),
    ('tofu apply', 'nothing is known about tofu'),
])
def test_what_cannot_work(command: str, problem: str) -> None:
    assert problem in str(developing.problem(command))
