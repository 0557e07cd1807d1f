# SPDX-License-Identifier: Apache-2.0
"""``openstack hypervisor diagnostics show``, with every release of the clients."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import termios
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.conftest import ENVIRONMENTS, TIMEOUT
from tests.clients.test_watch import ended_after, read_until
from tests.fixtures.exported_cloud import ExportedCloud, Host
from tests.fixtures.fake_keystone import SECRET
from tests.unit.openmetrics import entries

SHOW = ('openstack', 'hypervisor', 'diagnostics', 'show', 'compute1')


class Program:
    """The clients of an environment, and the variables of a cloud."""

    def __init__(self, name: str, cloud: ExportedCloud) -> None:
        self._bin = ENVIRONMENTS[name]() / 'bin'
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith('OS_')},
            **cloud.environment(), 'COLUMNS': '200', 'PYTHONWARNINGS': 'ignore'}

    def command(self, *words: str) -> list[str]:
        return [str(self._bin / words[0]), *words[1:]]

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), env={**self.environment, **variables}, cwd='/',
                              capture_output=True, text=True, timeout=TIMEOUT, check=False)


@pytest.fixture(scope='module')
def exported() -> Iterator[ExportedCloud]:
    """A host whose three servers come on two pages."""
    with ExportedCloud(page=2) as cloud:
        cloud.hosts['compute1'] = Host([
            entries.make_entry('id-idle', server_name='idle', memory_details={
                'maximum': 512, 'used': 300}),
            entries.make_hung('id-hung', server_name='hung'),
            entries.make_entry('id-busy', server_name='busy', cpu_details=[
                {'id': 0, 'time': 17, 'utilisation': 90}])])
        yield cloud


@pytest.fixture(scope='module', params=ENVIRONMENTS)
def program(request: Any, exported: ExportedCloud) -> Program:
    """The clients of each environment."""
    return Program(request.param, exported)


def test_servers_are_sorted_and_have_units(program: Program) -> None:
    done = program.run(*SHOW, '--sort', 'cpu')
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.strip('|').split('|')]
            for line in done.stdout.splitlines()[3:-1]]
    assert [row[1] for row in rows] == ['busy', 'idle', 'hung']
    assert rows[0][4:] == ['90 %', '256 MiB', '300 B/s', '300 B/s', '257.0 KiB']
    assert rows[2][2:] == ['running', 'no', '-', '-', '-', '-', '-']


def test_json_has_numbers_and_null(program: Program) -> None:
    done = program.run(*SHOW, '--sort', 'memory', '-f', 'json')
    assert done.returncode == 0, done.stderr
    first, _, last = json.loads(done.stdout)
    assert (first['Name'], first['Memory'], first['CPU']) == ('idle', 300, 30)
    assert (last['Name'], last['Responding'], last['Disk']) == ('hung', False, None)


def test_older_cloud_is_said_so_in_a_sentence(program: Program, exported: ExportedCloud) -> None:
    exported.versions = ('1.0', '1.1')
    try:
        done = program.run(*SHOW)
    finally:
        exported.versions = ('1.0', '1.2')
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        'GET /os-hypervisors/{hypervisor_id}/diagnostics needs nova-ext 1.2; this cloud serves '
        'it up to 1.1.']


def test_watch_prints_a_line_for_each_answer(program: Program) -> None:
    with subprocess.Popen(program.command(*SHOW, '--watch', '0.5', '-f', 'json'),
                          env=program.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with ended_after(process, TIMEOUT):
            lines = [json.loads(process.stdout.readline()) for _ in range(2)]
            process.send_signal(signal.SIGTERM)
            assert process.wait(TIMEOUT) == 0
    assert [line['hypervisor_id'] for line in lines] == ['id-compute1'] * 2
    assert [entry['server_id'] for entry in lines[1]['diagnostics']] == [
        'id-idle', 'id-hung', 'id-busy']


def test_watch_draws_on_a_terminal_until_q(program: Program) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    with subprocess.Popen(
            program.command(*SHOW, '--watch'), env={**program.environment, 'TERM': 'xterm'},
            stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        try:
            shown = read_until(ours, 'hung')
            os.write(ours, b'q')
            read_until(ours, None)
            assert process.wait(TIMEOUT) == 0
        finally:
            process.kill()
            os.close(ours)
    assert '3 servers' in shown and 'Traceback' not in shown
    assert shown.index('busy') < shown.index('idle') < shown.index('hung')


def test_novaclient_shows_the_same(program: Program) -> None:
    # It takes no application credential from the environment.
    done = program.run(
        'nova', 'ext-hypervisor-diagnostics', 'compute1.example', '--sort', 'rx',
        OS_AUTH_TYPE='password', OS_USERNAME='exporter', OS_PASSWORD=SECRET,
        OS_PROJECT_NAME='exporter', OS_USER_DOMAIN_ID='default', OS_PROJECT_DOMAIN_ID='default')
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.strip('|').split('|')]
            for line in done.stdout.splitlines() if line.startswith('| id-')]
    assert [row[1] for row in rows] == ['busy', 'idle', 'hung']
    assert rows[0][3:] == ['90 %', '256 MiB', '300 B/s', '300 B/s', '257.0 KiB']
