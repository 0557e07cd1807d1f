# SPDX-License-Identifier: Apache-2.0
"""What the DevStack plugin does to Nova's files, with DevStack's own functions stood in for."""

from __future__ import annotations

import logging
import pathlib
import shlex
import subprocess
import sys

import pytest

from nova_ext.cmd import paste
from tests.unit.devstack import ini

PLUGIN = pathlib.Path(__file__).parents[3] / 'devstack'

#: As much of DevStack as the plugin calls.
DEVSTACK = f'''
set -eu
function ini {{ {shlex.quote(sys.executable)} {shlex.quote(ini.__file__)} "$@"; }}
function iniset {{ ini "$1" "$2" "$3" "$4"; }}
function inidelete {{ ini "$1" "$2" "$3"; }}
function is_service_enabled {{ [[ " $ENABLED " == *" $1 "* ]]; }}
function enable_service {{ ENABLED+=" $*"; }}
function define_plugin {{ :; }}
function echo_summary {{ echo "$*"; }}
function pip_install {{ echo "pip install $*"; }}
'''


class Stack:
    """Nova's configuration files on a host where DevStack runs."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.paste = folder / 'api-paste.ini'
        self.nova = folder / 'nova.conf'
        self.tempest = folder / 'tempest.conf'
        self.paste.write_text(pathlib.Path(sys.prefix, 'etc/nova/api-paste.ini').read_text())
        self.nova.write_text('[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver\n')
        self.tempest.write_text('')

    def run(self, *phase: str, enabled: str = 'nova n-api n-cpu tempest', more: str = '') -> str:
        """Run a phase of the plugin and return what it says."""
        script = f'''{DEVSTACK}
ENABLED={shlex.quote(enabled)} DEST=/opt/stack VIRT_DRIVER=libvirt
NOVA_API_PASTE_INI={self.paste} NOVA_CONF={self.nova} NOVA_CPU_CONF={self.nova}.none
TEMPEST_CONFIG={self.tempest}
{more}
source {PLUGIN}/settings
set -- {shlex.join(phase)} ''
source {PLUGIN}/plugin.sh'''
        done = subprocess.run(
            ['bash', '-c', script], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, file: pathlib.Path, section: str, option: str) -> str | None:
        return ini.read(file).get(section, option, fallback=None)


@pytest.fixture
def stack(tmp_path: pathlib.Path) -> Stack:
    return Stack(tmp_path)


def test_it_is_installed_without_touching_what_nova_brought(stack: Stack) -> None:
    assert 'pip install --no-deps /opt/stack/nova-ext' in stack.run('stack', 'install')


def test_the_filter_is_where_it_has_to_be_however_often_it_runs(stack: Stack) -> None:
    for _ in range(2):
        stack.run('stack', 'post-config')
        findings = list(paste.check('p.ini', stack.paste.read_text()))
        assert [finding.level for finding in findings] == [logging.INFO] * 2
    assert stack.paste.read_text().count(' nova_ext ') == 2


def test_the_driver_and_the_options(stack: Stack) -> None:
    stack.run('stack', 'post-config', more='NOVA_EXT_OPTIONS="sample_interval=5 rpc_timeout=7"')
    assert stack.get(stack.nova, 'DEFAULT', 'compute_driver') == 'nova_ext.LibvirtDriver'
    assert stack.get(stack.nova, 'nova_ext', 'sample_interval') == '5'
    assert stack.get(stack.nova, 'nova_ext', 'rpc_timeout') == '7'


def test_a_host_with_the_api_alone_keeps_its_driver(stack: Stack) -> None:
    stack.run('stack', 'post-config', enabled='nova n-api')
    assert stack.get(stack.nova, 'DEFAULT', 'compute_driver') == 'libvirt.LibvirtDriver'
    assert ' nova_ext ' in stack.paste.read_text()


def test_a_host_with_computes_alone_keeps_its_paste_file(stack: Stack) -> None:
    before = stack.paste.read_text()
    stack.run('stack', 'post-config', enabled='nova n-cpu')
    assert stack.paste.read_text() == before


def test_tempest_is_told(stack: Stack) -> None:
    stack.run('stack', 'test-config')
    assert stack.get(stack.tempest, 'service_available', 'nova_ext') == 'True'


def test_clean_takes_everything_back(stack: Stack) -> None:
    stack.run('stack', 'post-config')
    stack.run('clean')
    assert stack.get(stack.nova, 'DEFAULT', 'compute_driver') == 'libvirt.LibvirtDriver'
    assert 'nova_ext' not in stack.paste.read_text().replace('[filter:nova_ext]', '')
