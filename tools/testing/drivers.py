# SPDX-License-Identifier: Apache-2.0
"""Nova's drivers for VMware and ironic with the plugin, alone and in one cloud beside libvirt."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterable, Sequence

from sandbox import packages, pins, settings, venvs
from tools.testing import commands, reports
from tools.testing.reports import Count

SUMMARY = "Nova's drivers for VMware and ironic, oldest and newest, alone and in one cloud"

#: The releases that are tried.
_SERIES = (pins.known_series()[-1], pins.known_series()[0])

#: What each driver's tests need beside Nova, of a release.
_ENVIRONMENTS: dict[str, Callable[[str], pathlib.Path]] = {
    'vmware': lambda series: venvs.vmware_venv(series, plugin=True),
    # The environment of the tests has what the newest needs.
    'ironic': lambda series: venvs.test_venv()
    if series.partition('.')[0] == settings.DEFAULT_NOVA.partition('.')[0]
    else venvs.ironic_driver_venv(series, plugin=True),
}


def run(tests: Sequence[str], *, keep: bool) -> Count:
    """Run the tests with the oldest and the newest release.

    :param tests: some of them, as pytest names them; empty: all
    :param keep: leave the last cloud up
    """
    packages.ensure(vmware=True, tests=True)
    count = Count()
    for driver, make in _ENVIRONMENTS.items():
        chosen = _below(f'tests/{driver}', tests)
        for series in _SERIES if chosen else ():
            count.add(reports.count(commands.run_pytest(
                f'{driver}-{series}', chosen, venv=make(series))))
    live = {driver: _below(f'tests/live/{driver}', tests) for driver in _ENVIRONMENTS}
    for series in _SERIES if any(live.values()) else ():
        cloud = ('--nova', series, '--hosts', '1', '--vmware', '--ironic')
        with commands.cloud(cloud, keep=keep and series == _SERIES[-1]):
            for driver, chosen in live.items():
                if chosen:
                    # The tests themselves run with the newest, whatever the cloud does.
                    count.add(commands.run_live(
                        f'{driver}-live-{series}', chosen,
                        venv=_ENVIRONMENTS[driver](settings.DEFAULT_NOVA)))
    return count


def _below(folder: str, tests: Iterable[str]) -> list[str]:
    """Those of some tests that are in a folder; all of the folder's when there are none."""
    return [test for test in tests or (folder,) if test.startswith(folder)]
