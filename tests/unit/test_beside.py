# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import pathlib
import time

import pytest

from tests.beside import Beside
from tests.report import Count


def test_what_ends_without_a_count_has_failed(
        tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Beside(['no-such-stage'], tmp_path / 'log', 60) as beside:
        assert beside.count() == Count(failed=1)
    assert "no stage ['no-such-stage']" in capsys.readouterr().out


def test_it_runs_with_what_others_leave_and_ends_with_the_with(tmp_path: pathlib.Path) -> None:
    with Beside(['packaging'], tmp_path / 'log', 60) as beside:
        process = beside._process
        deadline = time.monotonic() + 60
        while os.sched_getscheduler(process.pid) != os.SCHED_IDLE:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert process.returncode is not None
