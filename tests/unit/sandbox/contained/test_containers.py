# SPDX-License-Identifier: Apache-2.0
"""Containers of nova-compute in the sandbox."""

from __future__ import annotations

import configparser
import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import ddt

from sandbox import accounts, hosts, services, settings
from sandbox.contained import buildah, containers, images
from sandbox.hosts import Host
from sandbox.processes import Service
from sandbox.settings import Options
from tests.unit import base
from tests.unit.sandbox.test_services import ENVIRONMENTS

NOVA_CPU = """[DEFAULT]
state_path = /local/state/nova
compute_driver = nova_ext.LibvirtDriver
[libvirt]
virt_type = qemu
[oslo_concurrency]
lock_path = /local/state/nova-locks
[nova_sys_admin]
helper_command = sudo /venv/bin/privsep-helper
"""


@ddt.ddt
class TestWrite(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = self.make_directory()
        self.patch(settings, 'STATE', folder)
        self.patch(settings, 'CLOUD', folder / 'cloud')
        self.patch(settings, 'LOGS', folder / 'logs')
        self.patch(settings, 'LOCAL', folder / 'cloud/local')
        self.patch(accounts, 'HOME', folder / 'cloud/local/state/nova')
        self.patch(accounts, 'of_machine', lambda: accounts.Accounts('', '', 7, 8))
        self.patch(images, 'ensure', lambda version: f'image of {version}')
        self.patch(buildah, 'layers', lambda image: [pathlib.Path('/top'), pathlib.Path('/base')])
        self.owners: dict[str, tuple[int, int]] = {}
        self.patch(os, 'chown', lambda path, uid, gid: self.owners.update({str(path): (uid, gid)}))

    def write(self, number: int) -> tuple[Host, dict[str, Any]]:
        """Write what the container on a host is started from."""
        host = Host(number)
        host.directory.mkdir(parents=True)
        for name, text in (('nova/nova-cpu.conf', NOVA_CPU), ('ssh/id_ed25519', 'key'),
                           ('ssh/ssh_config', 'IdentityFile /etc/ssh/id_ed25519\n')):
            (host.etc / name).parent.mkdir(parents=True, exist_ok=True)
            (host.etc / name).write_text(text)
        containers.write(host, '34.0.0')
        return host, json.loads((host.directory / 'container.json').read_text())

    @ddt.data((1, False), (2, True), (3, False))
    @ddt.unpack
    def test_kinds_take_turns(self, number: int, recommended: bool) -> None:
        host, spec = self.write(number)
        self.assertIs(recommended, spec['host_pids'])
        of_host = {target for _, target, mode in spec['volumes'] if mode == 'ro'}
        self.assertEqual(set(containers.RECOMMENDED) if recommended else set(),
                         of_host - {containers.SOURCE, '/lib/modules'})
        self.assertIs(recommended, containers.has_host_pids(host))

    def test_container_has_the_volumes_of_kolla(self) -> None:
        host, spec = self.write(1)
        self.assertEqual(['/top', '/base'], spec['layers'])
        self.assertEqual((7, 8), (spec['uid'], spec['gid']))
        volumes = {target: source for source, target, _ in spec['volumes']}
        self.assertEqual(str(host.etc / 'kolla/nova-compute'), volumes[containers.SOURCE])
        self.assertEqual(str(accounts.HOME), volumes['/var/lib/nova'])
        self.assertLessEqual({'/run', '/dev', '/var/log/kolla'}, set(volumes))
        self.assertNotIn('/etc/libvirt', volumes)
        self.assertEqual({str(host.log_dir / 'kolla/nova'): (7, 8)}, self.owners)

    def test_configuration_is_as_in_a_container_of_kolla(self) -> None:
        host, _ = self.write(1)
        parser = configparser.ConfigParser()
        parser.read(containers.configuration(host))
        self.assertEqual('nova_ext.LibvirtDriver', parser['DEFAULT']['compute_driver'])
        self.assertEqual('/var/lib/nova', parser['DEFAULT']['state_path'])
        self.assertEqual(f'qemu+tcp://{host.ip}/system', parser['libvirt']['connection_uri'])
        self.assertNotIn('helper_command', parser['nova_sys_admin'])
        copied = json.loads((containers.configuration(host).parent / 'config.json').read_text())
        self.assertEqual('nova-compute', copied['command'])
        self.assertIn({'source': f'{containers.SOURCE}/nova.conf', 'dest': '/etc/nova/nova.conf',
                       'owner': 'nova', 'perm': '0600'}, copied['config_files'])


class TestServices(base.TestCase):
    def test_nova_compute_is_in_a_container_where_the_plugin_is(self) -> None:
        options = Options(hosts=2, stock_host=2, contained=True)
        found = services.all_services(options, hosts.all_hosts(2), ENVIRONMENTS)
        contained, stock = (found['nova-compute', name] for name in ('stack1', 'stack2'))
        self.assertIn(str(containers.RUNTIME), contained.command)
        self.assertIsNone(contained.user)
        self.assertTrue(contained.plugin)
        self.assertNotIn(str(containers.RUNTIME), stock.command)
        self.assertEqual('nova', stock.user)


class TestPidInside(base.TestCase):
    def find(self, pid: int | None) -> int | None:
        service = Service('nova-compute', Host(1), [])
        self.patch(Service, 'pid', lambda _: pid)
        return containers.pid_inside(service)

    def test_service_is_below_the_processes_of_the_runtime(self) -> None:
        script = self.make_directory() / 'runtime.py'
        script.write_text('import os\nos.fork() or os.fork() or os.execlp("sh", "sh", "-c", '
                          '"echo $$; read line")\nos.wait()\n')
        self.patch(containers, 'RUNTIME', script)
        with subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as outer:
            assert outer.stdout is not None
            self.assertEqual(int(outer.stdout.readline()), self.find(outer.pid))

    def test_service_without_a_container_is_its_process(self) -> None:
        self.assertEqual(os.getpid(), self.find(os.getpid()))

    def test_service_that_does_not_run_has_none(self) -> None:
        self.assertIsNone(self.find(None))
