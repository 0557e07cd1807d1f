# SPDX-License-Identifier: Apache-2.0
"""Processes of services, as /proc shows them."""

from __future__ import annotations

import subprocess
import sys
import time

from nova_ext.cmd.services import processes
from nova_ext.cmd.services.command import API, COMPUTE
from nova_ext.cmd.services.tree import Tree
from tests.fixtures import nova_host
from tests.unit import base


class TestProcesses(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())
        self.denied: list[str] = []

    def find(self) -> list[processes.Process]:
        """Return what is found."""
        return list(processes.find(self.host.tree, self.denied))

    def test_process_is_told_with_its_unit_start_and_environment(self) -> None:
        self.host.add_process(7, ['/usr/bin/python3', '/usr/bin/nova-compute', '--debug'],
                              unit='nova-compute', environ={'HOME': '/h'}, started=1_800_000_000)
        [process] = self.find()
        assert process.command is not None
        self.assertEqual(
            (7, COMPUTE, '/h', 'nova-compute', 1_800_000_000, False, (7, 7)),
            (process.pid, process.command.service, process.command.environ['HOME'], process.unit,
             process.started, process.contained, process.numbers))

    def test_workers_do_not_count(self) -> None:
        for pid, parent in ((7, 1), (8, 7), (9, 7)):
            self.host.add_process(pid, ['/usr/bin/nova-api'], parent=parent)
        self.assertEqual([7], [process.pid for process in self.find()])

    def test_others_do_not_count_whatever_they_hide(self) -> None:
        self.host.add_process(7, ['/usr/bin/nova-conductor'])
        self.host.add_process(8, ['uwsgi', '--ini', '/etc/keystone.ini'], unit='keystone')
        self.host.add_process(9, [])
        for pid in (7, 8):
            self.host.path(f'/proc/{pid}/environ').unlink()
        self.assertEqual(([], []), (self.find(), self.denied))

    def test_process_of_uwsgi_that_shows_no_arguments_is_told_with_its_unit(self) -> None:
        self.host.add_process(7, ['uWSGI master'], unit='devstack@n-api')
        [process] = self.find()
        self.assertEqual((None, 'devstack@n-api'), (process.command, process.unit))

    def test_process_that_has_ended_meanwhile_does_not_count(self) -> None:
        self.host.add_process(7, ['/usr/bin/nova-api'])
        self.host.path('/proc/7/stat').unlink()
        self.assertEqual([], self.find())

    def test_process_with_another_root_is_in_a_container(self) -> None:
        self.host.add_process(7, ['uwsgi', '--ini', '/u.ini', 'nova'])
        self.host.write('/container/u.ini', '[uwsgi]\nmodule = nova.wsgi.osapi_compute\n')
        self.host.path('/proc/7/root').symlink_to('../../container')
        [process] = self.find()
        assert process.command is not None
        self.assertEqual((API, True), (process.command.service, process.contained))

    def test_hidden_processes_of_others_are_denied(self) -> None:
        self.host.write('/proc/self/cmdline', '')
        self.find()
        self.assertEqual(['/proc'], self.denied)


class TestRealProcess(base.TestCase):
    def test_process_that_runs_is_found_as_it_is(self) -> None:
        directory = self.make_directory()
        program = directory / 'bin/nova-compute'
        program.parent.mkdir()
        program.write_text('import time\ntime.sleep(50)\n')
        began = time.time()
        process = subprocess.Popen(
            [sys.executable, str(program), '--config-file', '/etc/x.conf'], env={'HOME': '/h'})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        denied: list[str] = []
        self.assert_eventually(lambda: process.pid in [
            found.pid for found in processes.find(Tree(), denied)])
        [found] = [found for found in processes.find(Tree(), denied) if found.pid == process.pid]
        assert found.command is not None
        self.assertEqual((str(directory), (('file', '/etc/x.conf'),), '/h', False), (
            found.command.prefix, found.command.options, found.command.environ['HOME'],
            found.contained))
        self.assertLess(abs(found.started - began), 5)
