# SPDX-License-Identifier: Apache-2.0
"""What is asked of a cloud, and what is known afterwards."""

from __future__ import annotations

import threading
import time
from typing import Any

import ddt

from nova_ext.openmetrics import families
from tests.fixtures.exported_cloud import Host
from tests.fixtures.fake_keystone import Answer
from tests.unit.exporter import base
from tests.unit.openmetrics import entries, parsing

AGE = 'nova_ext_exporter_host_age_seconds'
FAILURES = 'nova_ext_exporter_failures_total'
HOST_UP = 'nova_ext_exporter_host_up'


@ddt.ddt
class TestRound(base.ExporterTestCase):
    def test_servers_of_all_hosts_are_served(self) -> None:
        self.prepare()
        self.refresher.refresh()
        text = self.scrape()
        for name in ('compute1', 'compute2'):
            self.assertEqual(1, parsing.value(
                text, 'nova_server_up', server=f'on-{name}', host=name))
            self.assertEqual(1, parsing.value(text, HOST_UP, host=name))
            self.assertEqual(1, parsing.value(text, 'nova_ext_exporter_host_servers', host=name))
            self.assertLess(parsing.value(text, AGE, host=name) or 99, 20)
        self.assertEqual(1, parsing.value(text, 'nova_ext_exporter_api_up'))
        self.assertEqual(60, parsing.value(text, 'nova_ext_exporter_interval_seconds'))
        self.assertTrue(parsing.value(text, 'process_resident_memory_bytes'))

    def test_all_pages_are_read(self) -> None:
        self.cloud.page = 2
        self.cloud.hosts['compute3'] = Host([
            entries.make_entry(f'vm{number}', host='compute3') for number in range(5)])
        self.prepare()
        self.refresher.refresh()
        self.assertEqual(5, self.value('nova_ext_exporter_host_servers', host='compute3'))
        self.assertEqual(7, len(parsing.values(self.scrape(), 'nova_server_up')))

    def test_failures_of_hosts_are_served_from_all_of_their_hypervisors(self) -> None:
        for number in (1, 2):
            self.cloud.hosts[f'metal{number}'] = Host(
                [], {'service': {'id': 's3', 'host': 'metal'}})
        self.cloud.hosts['metal2'].failures = {'metadata': 4}
        self.cloud.hosts['compute1'].failures = {'console_log': 2, 'metadata': 0}
        self.prepare()
        self.refresher.refresh()
        self.assertEqual(
            [2, 0, None, 4], [self.value(f'nova_host_{kind}_failures_total', host=host)
                              for host, kind in (('compute1', 'console_log'),
                                                 ('compute1', 'metadata'),
                                                 ('compute2', 'metadata'),
                                                 ('metal2', 'metadata'))])

    def test_no_more_hosts_than_allowed_are_asked_at_a_time(self) -> None:
        self.cloud.hosts.clear()
        both = threading.Barrier(2, timeout=20)

        def wait() -> Answer:
            both.wait()
            time.sleep(0.01)
            return 200, {'diagnostics': []}, {}

        for number in range(8):
            self.cloud.hosts[f'compute{number}'] = Host([], fail=wait)
        self.prepare('--concurrency', '2')
        self.refresher.refresh()
        self.assertEqual(2, self.cloud.busiest)
        self.assertEqual(8, sum(parsing.values(self.scrape(), HOST_UP).values()))

    @ddt.data(
        ((503, {'serviceUnavailable': {'message': 'It is silent.'}}, {}), 'http_503'),
        ((500, b'<html>', {}), 'http_500'),
        ((200, b'no JSON', {}), 'malformed'),
        ((200, {'servers': []}, {}), 'malformed'),
        ((200, {'diagnostics': [7]}, {}), 'malformed'),
        ((200, b'[' * 100_000, {}), 'malformed'),
        ((200, [], {}), 'malformed'))
    @ddt.unpack
    def test_host_that_fails_is_counted_and_the_others_are_read(
            self, answer: Answer, reason: str) -> None:
        self.cloud.hosts['compute1'].fail = lambda: answer
        self.prepare()
        for _ in range(2):
            self.refresher.refresh()
        self.assertEqual(2, self.value(FAILURES, host='compute1', reason=reason))
        self.assertEqual(0, self.value(HOST_UP, host='compute1'))
        self.assertIsNone(self.value(AGE, host='compute1'))
        self.assertEqual(1, self.value('nova_server_up', server='on-compute2'))
        self.assertEqual(1, self.logs.text.count('Failed to read host compute1: '))

    def test_fault_with_one_host_does_not_keep_others_from_being_read(self) -> None:
        make = families.make

        def fail(listed: list[Any], **_: Any) -> Any:
            if listed[0]['host'] == 'compute1':
                raise RuntimeError('There is no thread.')
            return make(listed)

        self.patch(families, 'make', fail)
        self.prepare('--concurrency', '1')
        for _ in range(2):
            self.refresher.refresh()
        self.assertEqual(2, self.value(FAILURES, host='compute1', reason='fault'))
        self.assertEqual(0, self.value(HOST_UP, host='compute1'))
        self.assertEqual(1, self.value('nova_server_up', server='on-compute2'))
        self.assertEqual(1, self.logs.text.count(
            'Failed to read host compute1: RuntimeError: There is no thread.'))

    def test_host_that_hangs_takes_no_longer_than_it_may(self) -> None:
        ended = threading.Event()
        self.addCleanup(ended.set)

        def hang() -> Answer:
            ended.wait(30)
            return 200, {'diagnostics': []}, {}

        self.cloud.hosts['compute1'].fail = hang
        self.prepare('--host-timeout', '1')
        began = time.monotonic()
        self.refresher.refresh()
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual(1, self.value(FAILURES, host='compute1', reason='no_answer'))
        self.assertEqual(1, self.value('nova_server_up', server='on-compute2'))

    def test_host_that_is_down_is_not_asked(self) -> None:
        self.cloud.hosts['compute1'].values = {'state': 'down'}
        self.prepare()
        self.refresher.refresh()
        self.assertNotIn('/os-hypervisors/id-compute1/diagnostics', self.cloud.requests)
        self.assertEqual(1, self.value(FAILURES, host='compute1', reason='down'))

    def test_host_that_recovers_is_logged_once(self) -> None:
        self.cloud.hosts['compute1'].fail = lambda: (500, {}, {})
        self.prepare()
        self.refresher.refresh()
        self.cloud.hosts['compute1'].fail = None
        for _ in range(2):
            self.refresher.refresh()
        self.assertEqual(1, self.logs.text.count('Host compute1 can be read again'))
        self.assertEqual(1, self.value(HOST_UP, host='compute1'))
        self.assertEqual(1, self.value(FAILURES, host='compute1', reason='http_500'))

    def test_several_hypervisors_of_a_host_are_one(self) -> None:
        self.cloud.hosts['node2'] = Host(
            [entries.make_entry('on-node2', host='compute1')],
            {'service': {'host': 'compute1'}})
        self.prepare()
        self.refresher.refresh()
        self.assertEqual(2, self.value('nova_ext_exporter_host_servers', host='compute1'))
        self.assertEqual(2, len(parsing.values(self.scrape(), HOST_UP)))

    def test_servers_that_all_hypervisors_of_a_host_have_count_once(self) -> None:
        self.cloud.hosts['name-of-before'] = Host(
            self.cloud.hosts['compute1'].servers, {'service': {'host': 'compute1'}})
        self.prepare()
        self.refresher.refresh()
        self.assertEqual(1, self.value('nova_ext_exporter_host_servers', host='compute1'))


class TestAge(base.ExporterTestCase):
    def test_figures_that_are_too_old_are_dropped_and_their_age_stays(self) -> None:
        self.prepare('--interval', '10')
        self.refresher.refresh()
        self.cloud.hosts['compute1'].fail = lambda: (503, {}, {})
        now = time.monotonic()
        self.patch(time, 'monotonic', lambda: now + 20)
        self.assertEqual(1, self.value('nova_server_up', server='on-compute1'))
        self.patch(time, 'monotonic', lambda: now + 31)
        text = self.scrape()
        self.assertEqual({}, parsing.values(text, 'nova_server_up'))
        self.assertEqual({}, parsing.values(text, 'nova_host_status'))
        self.assertGreater(parsing.value(text, AGE, host='compute1') or 0, 30)
        self.assertIsNone(parsing.value(
            text, 'nova_ext_exporter_host_servers', host='compute1'))

    def test_host_that_is_gone_is_forgotten(self) -> None:
        self.prepare()
        self.refresher.refresh()
        del self.cloud.hosts['compute1']
        self.refresher.refresh()
        self.assertNotIn(b'compute1', self.scrape())
        self.assertIn(b'compute2', self.scrape())

    def test_host_that_may_be_in_a_cell_that_is_down_is_not_forgotten(self) -> None:
        self.prepare()
        self.refresher.refresh()
        del self.cloud.hosts['compute1']
        self.cloud.down_cells = {'c2': 'cell2'}
        self.refresher.refresh()
        self.assertEqual(1, self.value('nova_server_up', server='on-compute1'))
        self.assertEqual(1, self.value('nova_ext_exporter_down_cells'))
