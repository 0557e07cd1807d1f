# SPDX-License-Identifier: Apache-2.0
"""What is used of the internals of Nova's driver for VMware, in each release."""

from __future__ import annotations

import pathlib

import pytest

from sandbox import pins, settings, venvs
from tests.packaging.conftest import python

#: What that driver needs and an environment with Nova has not.
LIBRARIES = ('oslo_vmware', 'oslo_vmware-*', 'oslo.vmware-*', 'suds')

CHECK = """
import sys
sys.path.append({path!r})
from nova_ext.nova_compat import check, vmware
from nova.virt.nova_ext import VMwareDriver
assert set(vmware.INTERNALS) <= set(check.INTERNALS)
print([difference.text for difference in check.differences()])
"""


@pytest.fixture(scope='session')
def libraries(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with the libraries alone, from the environment that has them."""
    folder = tmp_path_factory.mktemp('libraries')
    environment = venvs.vmware_venv(settings.DEFAULT_NOVA, plugin=False)
    for name in LIBRARIES:
        for path in environment.glob(f'lib/python3.*/site-packages/{name}'):
            (folder / path.name).symlink_to(path)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize('series', pins.known_series())
def test_internals_of_the_vmware_driver_are_as_expected_in_each_release(
        libraries: pathlib.Path, series: str) -> None:
    found = python(venvs.nova_venv(series, plugin=True), '-c', CHECK.format(path=str(libraries)))
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == '[]'
