# SPDX-License-Identifier: Apache-2.0
"""What the DevStack plugin does to Nova's files, with stubs in place of DevStack's functions."""

from __future__ import annotations

import logging
import pathlib
import shlex
import subprocess
import sys

from nova_ext.cmd import paste_file
from tests.unit import base
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


class TestPlugin(base.TestCase):
    """A host where DevStack has configured Nova, with Nova's own api-paste.ini."""

    def setUp(self) -> None:
        super().setUp()
        directory = self.make_directory()
        self.paste = directory / 'api-paste.ini'
        self.nova = directory / 'nova.conf'
        self.tempest = directory / 'tempest.conf'
        self.paste.write_text(pathlib.Path(sys.prefix, 'etc/nova/api-paste.ini').read_text())
        self.nova.write_text('[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver\n')
        self.tempest.write_text('')

    def run_plugin(
            self, *phase: str, enabled: str = 'nova n-api n-cpu tempest', settings: str = ''
            ) -> str:
        """Run a phase of the plugin and return what it prints.

        :param enabled: the services that DevStack starts on this host
        :param settings: lines of a local.conf
        """
        script = f'''{DEVSTACK}
ENABLED={shlex.quote(enabled)} DEST=/opt/stack VIRT_DRIVER=libvirt
NOVA_API_PASTE_INI={self.paste} NOVA_CONF={self.nova} NOVA_CPU_CONF={self.nova}.none
TEMPEST_CONFIG={self.tempest}
{settings}
source {PLUGIN}/settings
set -- {shlex.join(phase)} ''
source {PLUGIN}/plugin.sh'''
        done = subprocess.run(
            ['bash', '-c', script], capture_output=True, text=True, check=False, timeout=50)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def assert_option(
            self, expected: str | None, file: pathlib.Path, section: str, option: str) -> None:
        self.assertEqual(expected, ini.read(file).get(section, option, fallback=None))

    def test_plugin_is_installed_without_dependencies(self) -> None:
        self.assertIn('pip install --no-deps /opt/stack/nova-ext',
                      self.run_plugin('stack', 'install'))

    def test_filter_is_in_its_place_after_one_run_and_after_two(self) -> None:
        for _ in range(2):
            self.run_plugin('stack', 'post-config')
            findings = paste_file.check('p.ini', self.paste.read_text())
            self.assertEqual([logging.INFO] * 2, [finding.level for finding in findings])
        self.assertEqual(2, self.paste.read_text().count(' nova_ext '))

    def test_driver_and_options_are_configured(self) -> None:
        self.run_plugin('stack', 'post-config',
                        settings='NOVA_EXT_OPTIONS="sample_interval=5 rpc_timeout=7"')
        self.assert_option('nova_ext.LibvirtDriver', self.nova, 'DEFAULT', 'compute_driver')
        self.assert_option('5', self.nova, 'nova_ext', 'sample_interval')
        self.assert_option('7', self.nova, 'nova_ext', 'rpc_timeout')

    def test_driver_is_unchanged_on_a_host_with_only_the_api(self) -> None:
        self.run_plugin('stack', 'post-config', enabled='nova n-api')
        self.assert_option('libvirt.LibvirtDriver', self.nova, 'DEFAULT', 'compute_driver')
        self.assertIn(' nova_ext ', self.paste.read_text())

    def test_paste_file_is_unchanged_on_a_host_with_only_nova_compute(self) -> None:
        before = self.paste.read_text()
        self.run_plugin('stack', 'post-config', enabled='nova n-cpu')
        self.assertEqual(before, self.paste.read_text())

    def test_tempest_has_the_service_available(self) -> None:
        self.run_plugin('stack', 'test-config')
        self.assert_option('True', self.tempest, 'service_available', 'nova_ext')

    def test_clean_restores_driver_and_pipelines(self) -> None:
        self.run_plugin('stack', 'post-config')
        self.run_plugin('clean')
        self.assert_option('libvirt.LibvirtDriver', self.nova, 'DEFAULT', 'compute_driver')
        self.assertNotIn(
            'nova_ext', self.paste.read_text().replace('[filter:nova_ext]', ''))
