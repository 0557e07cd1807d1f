# SPDX-License-Identifier: Apache-2.0
"""Installation into an environment with Nova, and the requirements on Nova."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shutil

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sandbox import pins, settings, venvs
from tests import pages
from tests.packaging.conftest import python
from tests.selection import slow_except
from tools.documentation import blocks, places
from tools.documentation.shells import Shell

#: The releases of Nova, the newest first.
SERIES = pins.known_series()


def packages(venv: pathlib.Path) -> dict[str, str]:
    """Return the version of every installed distribution."""
    listed = python(venv, '-m', 'pip', 'list', '--format', 'json', '--disable-pip-version-check')
    return {entry['name']: entry['version'] for entry in json.loads(listed.stdout)}


def test_install_changes_no_other_package_and_uninstall_removes_everything(
        nova: pathlib.Path, wheel: pathlib.Path) -> None:
    before = packages(nova)
    # Without an index the installation fails if Nova's environment lacks a dependency.
    done = python(nova, '-m', 'pip', 'install', '--no-index', str(wheel))
    assert done.returncode == 0, done.stderr
    after = packages(nova)
    assert after.keys() - before.keys() == {'nova-ext'}
    assert {name: after[name] for name in before} == before
    assert python(nova, '-m', 'pip', 'check').returncode == 0

    driver = python(nova, '-c', 'from nova.virt.nova_ext import LibvirtDriver as d; print(d)')
    assert driver.stdout.strip() == "<class 'nova_ext.virt.libvirt.driver.LibvirtDriver'>", driver

    assert python(nova, '-m', 'pip', 'uninstall', '-y', 'nova-ext').returncode == 0
    assert packages(nova) == before
    assert python(nova, '-c', 'import nova.virt.libvirt.driver').returncode == 0
    assert python(nova, '-c', 'import nova.virt.nova_ext').returncode == 1


def test_plugin_works_from_an_unpacked_wheel(
        nova: pathlib.Path, wheel: pathlib.Path) -> None:
    """For Nova from Debian packages, into whose directory pip does not install."""
    [folder] = nova.glob('lib/python3.*/site-packages')
    assert python(nova, '-m', 'zipfile', '-e', str(wheel), str(folder)).returncode == 0
    found = python(nova, '-c', """
from importlib.metadata import entry_points
from nova.virt.nova_ext import LibvirtDriver
print([point.name for point in entry_points(group='paste.filter_factory')
       if point.value.startswith('nova_ext.')], LibvirtDriver.__name__)""")
    assert found.stdout.strip() == "['nova_ext'] LibvirtDriver", found.stderr


def test_documented_way_to_unpack_leaves_nothing_old_and_is_for_everybody(
        nova: pathlib.Path, wheel: pathlib.Path, tmp_path: pathlib.Path) -> None:
    [folder] = nova.glob('lib/python3.*/site-packages')
    old = folder / 'nova_ext-0.0.1.dist-info'
    old.mkdir()
    (old / 'METADATA').write_text('Metadata-Version: 2.1\nName: nova-ext\nVersion: 0.0.1\n')
    (folder / 'nova_ext').mkdir(exist_ok=True)
    (folder / 'nova_ext/gone.py').touch()
    shutil.copy(wheel, tmp_path)
    page = blocks.SOURCES / 'install/debian.rst'
    commands = [command for command in pages.commands(page)
                if command.marker.place == places.NEW_DEBIAN and not command.marker.status]
    assert len(commands) > 6
    shell = Shell(['bash', '--noprofile', '--norc'],
                  {'PATH': f'{nova}/bin:/usr/bin:/bin', 'PYTHONWARNINGS': 'ignore'}, tmp_path)
    try:
        shell.run('umask 077', timeout=60)  # as on a hardened host
        for command in commands:
            here = command.text.replace('/usr/lib/python3/dist-packages', str(folder))
            pages.run_and_compare(page, dataclasses.replace(command, text=here), shell)
            if 'zipfile' in here:
                assert not (folder / 'nova_ext/gone.py').exists()
                assert (folder / 'nova_ext/api/filter.py').stat().st_mode & 0o777 == 0o644
    finally:
        shell.end()
    assert not list(folder.glob('nova_ext*'))


def test_requirements_are_met_by_the_oldest_nova() -> None:
    lines = pins.read('nova-26').splitlines()
    found = dict(line.split(' ')[0].split('==') for line in lines if '==' in line)
    pinned = {canonicalize_name(name): version for name, version in found.items()}
    for line in (settings.CHECKOUT / 'requirements.txt').read_text().splitlines():
        text = line.partition('#')[0].strip()
        if text:
            requirement = Requirement(text)
            assert pinned[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.mark.parametrize(
    'series', slow_except(SERIES, quick=SERIES[:1]))
def test_nova_internals_are_as_expected_in_each_release(series: str) -> None:
    venv = venvs.nova_venv(series, plugin=True)
    found = python(venv, '-m', 'nova_ext.nova_compat.check')
    assert found.returncode == 0, found.stdout + found.stderr
    assert 'as expected' in found.stdout


def test_unknown_controller_prevents_the_start_of_nova_api(tmp_path: pathlib.Path) -> None:
    config = tmp_path / 'nova.conf'
    config.write_text('[nova_ext]\nenabled_controllers = diagnostics, telepathy\n')
    paste = tmp_path / 'api-paste.ini'
    paste.write_text('[filter:nova_ext]\nuse = egg:nova-ext#nova_ext\n')
    done = python(venvs.test_venv(), '-c', f'''
from nova import conf, config
config.parse_args(['nova-api', '--config-file', {str(config)!r}])
from paste.deploy import loadfilter
loadfilter('config:{paste}', name='nova_ext')
''')
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert 'ControllerNotFound' in last and 'telepathy' in last
