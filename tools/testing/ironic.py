# SPDX-License-Identifier: Apache-2.0
"""Nova's driver for ironic with the plugin and a real ironic, alone and in a cloud."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox import packages, pins, venvs
from tools.testing import commands, reports
from tools.testing.reports import Count

SUMMARY = "Nova's driver for ironic, oldest and newest, alone and in a cloud"

#: The oldest release and the newest.
_SERIES = (pins.known_series()[-1], pins.known_series()[0])

_ALONE, _LIVE = 'tests/ironic', 'tests/live/ironic'


def run(tests: Sequence[str], *, keep: bool) -> Count:
    """Run the tests with the oldest and the newest release.

    :param tests: some of them, as pytest names them; empty: all
    :param keep: leave the last cloud up
    """
    packages.ensure(tests=True)
    selection = tests or (_ALONE, _LIVE)
    live = [test for test in selection if test.startswith(_LIVE)]
    alone = [test for test in selection if test not in live]
    count = Count()
    for series in _SERIES if alone else ():
        # The environment of the tests has the newest, which needs nothing more.
        venv = None if series == _SERIES[-1] else venvs.ironic_driver_venv(series, plugin=True)
        count.add(reports.count(commands.run_pytest(f'ironic-{series}', alone, venv=venv)))
    for series in _SERIES if live else ():
        cloud = ('--nova', series, '--hosts', '1', '--ironic')
        with commands.cloud(cloud, keep=keep and series == _SERIES[-1]):
            count.add(commands.run_live(f'ironic-live-{series}', live))
    return count
