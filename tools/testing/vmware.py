# SPDX-License-Identifier: Apache-2.0
"""Nova's driver for VMware with the plugin and a simulated vCenter, alone and in a cloud."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox import packages, pins, settings, venvs
from tools.testing import commands, reports
from tools.testing.reports import Count

#: The releases that are tried.
_SERIES = (pins.known_series()[-1], pins.known_series()[0])

_ALONE, _LIVE = 'tests/vmware', 'tests/live/vmware'


def run(tests: Sequence[str], *, keep: bool) -> Count:
    """Run the tests with the oldest and the newest release.

    :param tests: some of them, as pytest names them; empty: all
    :param keep: leave the last cloud up
    """
    packages.ensure(vmware=True, tests=True)
    selection = tests or (_ALONE, _LIVE)
    live = [test for test in selection if test.startswith(_LIVE)]
    alone = [test for test in selection if test not in live]
    count = Count()
    for series in _SERIES if alone else ():
        count.add(reports.count(commands.run_pytest(
            f'vmware-{series}', alone, venv=venvs.vmware_venv(series, plugin=True))))
    for series in _SERIES if live else ():
        cloud = ('--nova', series, '--hosts', '1', '--vmware')
        with commands.cloud(cloud, keep=keep and series == _SERIES[-1]):
            # The tests themselves run with the newest, whatever the cloud does.
            count.add(commands.run_live(f'vmware-live-{series}', live, venv=venvs.vmware_venv(
                settings.DEFAULT_NOVA, plugin=True)))
    return count
