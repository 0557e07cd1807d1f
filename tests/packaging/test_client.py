# SPDX-License-Identifier: Apache-2.0
"""nova-ext in an environment with OpenStackClient and novaclient and without Nova."""

from __future__ import annotations

import json
import pathlib

import pytest

from sandbox import venvs
from tests.packaging.conftest import python

COMMANDS = {
    'server_diagnostics_show', 'server_host_status_list', 'server_console_log_follow',
    'hypervisor_diagnostics_show', 'hypervisor_status_list', 'hypervisor_maintenance_list',
    'hypervisor_maintenance_set', 'hypervisor_maintenance_unset'}

#: Prints the commands of every distribution, in the entry point groups of OpenStackClient.
_ENTRY_POINTS = """
import collections, importlib.metadata, json
found = collections.defaultdict(list)
for distribution in importlib.metadata.distributions():
    for point in distribution.entry_points:
        if point.group.startswith('openstack.') and point.group != 'openstack.cli.extension':
            found[point.name].append([distribution.name, point.group])
print(json.dumps(found))"""

#: Loads the client plugins and prints the imported modules that clients must not need.
_MODULES = """
import importlib.metadata, json, sys
for point in importlib.metadata.distribution('nova-ext').entry_points:
    if point.group in ('openstack.compute.v2', 'novaclient.extension'):
        point.load()
print(json.dumps([name for name in sys.modules
                  if name.split('.')[0] in ('nova', 'oslo_config', 'sqlalchemy')
                  or name.startswith('nova_ext.') and not name.startswith('nova_ext.cli')]))"""


@pytest.fixture(scope='module')
def client() -> pathlib.Path:
    return venvs.client_venv()


def test_commands_do_not_shadow_others(client: pathlib.Path) -> None:
    found = json.loads(python(client, '-c', _ENTRY_POINTS).stdout)
    assert len(found) > 500
    ours = {name: sources for name, sources in found.items()
            if any(distribution == 'nova-ext' for distribution, _ in sources)}
    assert ours == {name: [['nova-ext', 'openstack.compute.v2']] for name in COMMANDS}
    for name in COMMANDS:  # cliff chooses the longest command name that matches
        for other in set(found) - {name}:
            assert not other.startswith(f'{name}_') and not name.startswith(f'{other}_'), other


def test_client_plugins_import_nothing_of_nova(client: pathlib.Path) -> None:
    assert not python(client, '-c', 'import nova').stdout
    done = python(client, '-c', _MODULES)
    assert json.loads(done.stdout) == [], done.stderr


@pytest.mark.parametrize('command', sorted(COMMANDS))
def test_command_has_help(client: pathlib.Path, command: str) -> None:
    done = python(client, str(client / 'bin/openstack'), *command.split('_'), '--help')
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f'usage: openstack {command.replace("_", " ")} ')
