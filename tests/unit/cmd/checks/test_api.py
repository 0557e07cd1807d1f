# SPDX-License-Identifier: Apache-2.0
"""The check of the paste file on API hosts."""

from __future__ import annotations

import logging
import time

import ddt

from nova_ext.cmd.checks import api
from nova_ext.cmd.edits import pipelines
from tests.fixtures import nova_host
from tests.unit import base

PASTE = '/etc/nova/api-paste.ini'


@ddt.ddt
class TestApi(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())

    def check(self, *explicit: tuple[str, str]) -> list[tuple[int, str]]:
        """Return the level and text of each finding."""
        return [(finding.level, finding.text)
                for finding in api.check(self.host.find(*explicit), bool(explicit))]

    def enable(self) -> None:
        """Put the filter into the paste file."""
        self.host.write(PASTE, pipelines.enable(self.host.read(PASTE)))

    def test_filter_in_its_place_is_fine(self) -> None:
        self.host.make_debian('nova-api')
        self.enable()
        self.assertEqual([logging.INFO] * 2, [level for level, _ in self.check()])

    def test_missing_filter_is_an_error(self) -> None:
        self.host.make_debian()
        [(level, text)] = self.check()
        self.assertEqual(logging.ERROR, level)
        self.assertIn('has no nova-ext filter', text)

    def test_paste_file_of_a_compute_host_is_read_by_nobody(self) -> None:
        self.host.make_debian('nova-compute')
        self.assertEqual([(logging.INFO, 'nova-api does not run on this host')], self.check())

    def test_host_with_nova_api_in_a_container_is_an_api_host(self) -> None:
        self.host.make_debian('nova-compute')
        self.host.add_contained(7, ['/usr/bin/nova-api'])
        self.assertEqual([], self.check())

    def test_paste_file_beside_named_files_of_a_compute_host_is_read_by_nobody(self) -> None:
        self.host.make_debian('nova-compute')
        self.assertEqual(
            [(logging.INFO, f'nova-api does not run on this host, so nobody reads {PASTE}')],
            self.check(('file', '/etc/nova/nova.conf'), ('file', '/etc/nova/nova-compute.conf')))

    def test_paste_file_beside_named_files_of_an_api_counts(self) -> None:
        self.host.write('/etc/nova/nova.conf', '')
        self.host.add_paste()
        [(level, _)] = self.check(('file', '/etc/nova/nova.conf'))
        self.assertEqual(logging.ERROR, level)

    def test_missing_filter_is_a_warning_where_nothing_is_known_to_run(self) -> None:
        self.host.write('/etc/nova/nova.conf', nova_host.DRIVER)
        self.host.add_paste()
        self.assertEqual(
            [(logging.WARNING, f'{PASTE} does not have nova-ext in its place. If nova-api runs on '
                               'this host: nova-ext-setup enable api.')], self.check())
        self.enable()
        self.assertEqual([logging.INFO] * 2, [level for level, _ in self.check()])

    def test_missing_paste_file_is_an_error_where_the_api_runs(self) -> None:
        self.host.make_debian('nova-api')
        self.host.path(PASTE).unlink()
        [(level, text)] = self.check()
        self.assertEqual(logging.ERROR, level)
        self.assertTrue(text.endswith('nova-api does not start.'), text)

    @ddt.data(('file', '/etc/nova/nova.conf'), None)
    def test_missing_paste_file_is_fine_elsewhere(self, explicit: tuple[str, str] | None) -> None:
        self.host.write('/etc/nova/nova.conf', '')
        self.assertEqual(
            [(logging.INFO, 'There is no api-paste.ini beside the configuration: this is no API '
                            'host')], self.check(*([explicit] if explicit else [])))

    def test_two_processes_that_read_one_file_are_told_of_once(self) -> None:
        self.host.make_debian('nova-api')
        self.enable()
        for pid in (7, 8):
            self.host.add_process(pid, ['uwsgi', '--ini', '/etc/nova/nova-api-uwsgi.ini'])
        self.assertEqual(2, len(self.check()))

    @ddt.data((-3600, True), (3600, False))
    @ddt.unpack
    def test_process_that_is_older_than_the_paste_file_is_a_warning(
            self, age: float, is_older: bool) -> None:
        self.host.make_debian('nova-api')
        self.enable()
        self.host.add_process(7, ['uwsgi', '--ini', '/etc/nova/nova-api-uwsgi.ini'],
                              unit='nova-api', started=time.time() + age)
        warnings = [text for level, text in self.check() if level == logging.WARNING]
        self.assertEqual(is_older, bool(warnings))
        for text in warnings:
            self.assertTrue(text.startswith('nova-api (process 7) was started at '), text)
            self.assertIn(f'before {PASTE} was changed at ', text)
            self.assertTrue(text.endswith(': systemctl restart nova-api.'), text)
