# SPDX-License-Identifier: Apache-2.0
"""Nova's driver for VMware with the plugin and a simulated vCenter."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox import packages, venvs
from tools.testing import commands, reports
from tools.testing.reports import Count

#: The releases that are tried.
_SERIES = (venvs.known_series()[-1], venvs.known_series()[0])


def run(tests: Sequence[str]) -> Count:
    """Run the tests with the oldest and the newest release.

    :param tests: some of them, as pytest names them; empty: all
    """
    packages.ensure(vmware=True)
    count = Count()
    for series in _SERIES:
        count.add(reports.count(commands.run_pytest(
            f'vmware-{series}', tests or ['tests/vmware'],
            venv=venvs.vmware_venv(series, plugin=True))))
    return count
