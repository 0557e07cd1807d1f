# SPDX-License-Identifier: Apache-2.0
"""The exporter as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import ddt

from sandbox import settings
from tests.fixtures.fake_keystone import Answer
from tests.unit.exporter import base
from tests.unit.openmetrics import parsing

COMMAND = [sys.executable, '-W', 'ignore', '-c',
           'import sys; from nova_ext.exporter import service; sys.exit(service.main())']


@ddt.ddt
class TestService(base.ExporterTestCase):
    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start an exporter at any free port."""
        self.use_environment()
        process = subprocess.Popen(
            [*COMMAND, '--listen-address', '127.0.0.1:0', *arguments], cwd=settings.CHECKOUT,
            env=dict(os.environ), stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def read_address(self, process: subprocess.Popen[str]) -> str:
        """Return the address that a process says it serves at."""
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r'Serving at (\S+) port (\d+)', line)
            if found:
                return f'http://{found[1]}:{found[2]}/metrics'
        raise AssertionError('it does not serve')

    @ddt.data(signal.SIGTERM, signal.SIGINT)
    def test_figures_are_served_until_a_signal_ends_it_at_once(self, number: int) -> None:
        ended = threading.Event()
        self.addCleanup(ended.set)

        def hang() -> Answer:
            ended.wait(50)
            return 200, {'diagnostics': []}, {}

        self.cloud.hosts['compute1'].fail = hang
        process = self.start('--interval', '1')
        url = self.read_address(process)
        self.assert_eventually(lambda: parsing.value(
            base.get(url).read(), 'nova_server_up', server='on-compute2'), 30)
        began = time.monotonic()
        process.send_signal(number)
        self.assertEqual(0, process.wait(30))
        self.assertLess(time.monotonic() - began, 5)

    def test_outage_while_it_starts_is_survived(self) -> None:
        self.cloud.stop()
        process = self.start('--interval', '1')
        url = self.read_address(process)
        self.assert_eventually(lambda: parsing.value(
            base.get(url).read(), 'nova_ext_exporter_api_up') == 0, 30)
        self.cloud.start()
        self.assert_eventually(lambda: parsing.value(
            base.get(url).read(), 'nova_server_up', server='on-compute1'), 30)

    def end(self, *arguments: str, command: Sequence[str] = COMMAND,
            **environment: str) -> tuple[int, str]:
        """Return with which status and words an exporter ends that cannot run."""
        done = subprocess.run(
            [*command, *arguments], cwd=settings.CHECKOUT, env={**os.environ, **environment},
            capture_output=True, text=True, timeout=50, check=False)
        self.assertNotIn('Traceback', done.stderr)
        return done.returncode, done.stderr

    def test_address_that_is_taken_is_said_so(self) -> None:
        self.use_environment()
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = taken.getsockname()[1]
            self.assertEqual(
                (1, f'nova-ext-exporter: Cannot listen at 127.0.0.1:{port}: Address already in '
                    'use.\n'), self.end('--listen-address', f'127.0.0.1:{port}'))

    @ddt.data('exporter', 'exporter-server')
    def test_thread_that_cannot_be_started_ends_it(self, purpose: str) -> None:
        self.use_environment()
        status, text = self.end('--listen-address', '127.0.0.1:0', command=[
            *COMMAND[:-1], f'from tests.fixtures import threads; threads.NoThreads(["{purpose}"])'
                           f'.setUp(); {COMMAND[-1]}'])
        self.assertEqual(1, status)
        self.assertIn("nova-ext-exporter: Cannot start: can't start new thread.", text)

    def test_unknown_cloud_is_said_so(self) -> None:
        self.assertEqual((1, 'nova-ext-exporter: Cloud lab was not found.\n'),
                         self.end('--os-cloud', 'lab'))

    def test_missing_library_is_said_so(self) -> None:
        folder = self.make_directory()
        (folder / 'prometheus_client.py').write_text(
            'raise ModuleNotFoundError(name="prometheus_client")')
        status, text = self.end(PYTHONPATH=str(folder))
        self.assertEqual(1, status)
        self.assertIn('needs the Python package prometheus_client: install nova-ext', text)
