# SPDX-License-Identifier: Apache-2.0
"""The stage of bare metal: Nova's driver for ironic with the plugin, and a real ironic."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox import venvs
from tools.testing import commands, reports
from tools.testing.reports import Count

SUMMARY = "Nova's driver for ironic, oldest and newest, with a real ironic"


def run(tests: Sequence[str]) -> Count:
    """Nova's driver against an ironic of its own, with two releases of Nova.

    :param tests: as pytest names them; empty: all
    """
    newest, *_, oldest = venvs.known_series()
    count = Count()
    for series, venv in ((newest, venvs.test_venv()),
                         (oldest, venvs.ironic_driver_venv(oldest, plugin=True))):
        count.add(reports.count(commands.run_pytest(
            f'ironic-{series}', tests or ['tests/ironic'], venv=venv)))
    return count
