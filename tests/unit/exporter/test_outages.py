# SPDX-License-Identifier: Apache-2.0
"""An API that is away, refuses, or is of another version."""

from __future__ import annotations

import threading
from typing import Any

import ddt

from nova_ext.exporter import hosts
from tests.unit.exporter import base
from tests.unit.openmetrics import parsing

HOST_UP = 'nova_ext_exporter_host_up'


@ddt.ddt
class TestApi(base.ExporterTestCase):
    def test_outage_is_survived(self) -> None:
        self.prepare()
        self.refresher.refresh()
        self.cloud.stop()
        self.refresher.refresh()
        text = self.scrape()
        self.assertEqual(0, parsing.value(text, 'nova_ext_exporter_api_up'))
        self.assertEqual(1, parsing.value(
            text, 'nova_ext_exporter_api_failures_total', reason='no_answer'))
        self.assertEqual(1, parsing.value(text, 'nova_server_up', server='on-compute1'))
        self.cloud.start()
        self.refresher.refresh()
        self.assertEqual(1, self.value('nova_ext_exporter_api_up'))

    def test_token_that_has_ended_is_renewed(self) -> None:
        self.prepare()
        self.refresher.refresh()
        for token in self.cloud.keystone.tokens:
            self.cloud.keystone.tokens[token] = 0
        self.refresher.refresh()
        self.assertEqual(2, len(self.cloud.keystone.tokens))
        self.assertEqual(1, self.value(HOST_UP, host='compute1'))

    def test_one_token_serves_all_requests(self) -> None:
        self.prepare()
        for _ in range(2):
            self.refresher.refresh()
        self.assertEqual(1, len(self.cloud.keystone.tokens))

    @ddt.data(('1.1', 'not_served', 'needs nova-ext 1.2; this cloud serves it up to 1.1'),
              ('0.9', 'not_served', 'this client knows'))
    @ddt.unpack
    def test_older_cloud_is_said_so(self, version: str, reason: str, text: str) -> None:
        self.cloud.versions = ('0.8' if version == '0.9' else '1.0', version)
        self.prepare()
        self.refresher.refresh()
        self.assertEqual(1, self.value('nova_ext_exporter_api_failures_total', reason=reason))
        self.assertIn(text, self.logs.text)

    def test_cloud_that_is_upgraded_meanwhile_is_read(self) -> None:
        self.cloud.versions = ('1.0', '1.1')
        self.prepare()
        self.refresher.refresh()
        self.cloud.versions = ('1.0', '1.2')
        self.refresher.refresh()
        self.assertEqual(1, self.value(HOST_UP, host='compute1'))

    def test_keystone_that_hangs_is_asked_anew(self) -> None:
        ended, answer = threading.Event(), self.cloud.keystone.answer
        self.addCleanup(ended.set)

        def hang(*arguments: Any) -> Any:
            # Only this once, as over a connection that was lost.
            self.patch(self.cloud.keystone, 'answer', answer)
            ended.wait(60)
            return answer(*arguments)

        self.patch(self.cloud.keystone, 'answer', hang)
        self.prepare('--host-timeout', '2')
        self.refresher.refresh()
        self.assertEqual(1, self.value(
            'nova_ext_exporter_api_failures_total', reason='no_answer'))
        self.refresher.refresh()
        self.assertEqual(1, self.value('nova_ext_exporter_api_up'))

    def test_fault_with_the_list_is_counted(self) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError('There is no thread.')

        self.patch(hosts, 'read', fail)
        self.prepare()
        self.refresher.refresh()
        self.assertEqual(1, self.value('nova_ext_exporter_api_failures_total', reason='fault'))
        self.assertEqual(0, self.value('nova_ext_exporter_api_up'))

    def test_list_that_is_malformed_is_counted(self) -> None:
        self.cloud.hosts['compute1'].values = {'service': 7}
        self.prepare()
        self.refresher.refresh()
        self.assertEqual(1, self.value(
            'nova_ext_exporter_api_failures_total', reason='malformed'))
