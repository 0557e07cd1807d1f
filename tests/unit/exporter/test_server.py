# SPDX-License-Identifier: Apache-2.0
"""What is served over HTTP, compressed or not."""

from __future__ import annotations

import gzip
import socket
import urllib.error

import ddt

from nova_ext.exporter import blocks
from nova_ext.openmetrics import exposition
from tests.unit import base as unit_base
from tests.unit.exporter import base
from tests.unit.openmetrics import entries, parsing

CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'


@ddt.ddt
class TestServer(base.ExporterTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.prepare()
        self.refresher.refresh()
        self.url = self.serve()

    @ddt.data('identity', 'gzip;q=0', 'br', '')
    def test_text_is_openmetrics_as_long_as_it_says(self, accepted: str) -> None:
        response = base.get(f'{self.url}/metrics', Accept_Encoding=accepted)
        text = response.read()
        self.assertEqual(CONTENT_TYPE, response.headers['Content-Type'])
        self.assertIsNone(response.headers['Content-Encoding'])
        self.assertEqual(len(text), int(response.headers['Content-Length']))
        self.assertEqual(2, len(parsing.values(text, 'nova_server_up')))

    @ddt.data('gzip', 'deflate, gzip;q=0.5', 'GZIP', '*')
    def test_compressed_text_is_the_same(self, accepted: str) -> None:
        response = base.get(f'{self.url}/metrics', Accept_Encoding=accepted)
        compressed = response.read()
        self.assertEqual('gzip', response.headers['Content-Encoding'])
        self.assertEqual(len(compressed), int(response.headers['Content-Length']))
        self.assertEqual(2, len(parsing.values(gzip.decompress(compressed), 'nova_server_up')))

    def test_connection_is_kept(self) -> None:
        host, port = self.url.removeprefix('http://').split(':')
        with socket.create_connection((host, int(port)), 20) as connection:
            reader = connection.makefile('rb')
            for path in (b'/', b'/metrics', b'/nothing', b'http://[x/nothing', b'http://x/'):
                connection.sendall(b'HEAD ' + path + b' HTTP/1.1\r\nHost: x\r\n\r\n')
                self.assertIn(b' 404 ' if b'nothing' in path else b' 200 ', reader.readline())
                while reader.readline() != b'\r\n':
                    pass

    def test_front_page_leads_to_the_figures(self) -> None:
        self.assertIn(b'/metrics', base.get(self.url).read())
        with self.assert_raises(urllib.error.HTTPError, '404'):
            base.get(f'{self.url}/metrics/x')

    def test_nothing_is_known_before_the_first_round(self) -> None:
        self.prepare()
        text = self.scrape()
        self.assertEqual({}, parsing.values(text, 'nova_server_up'))
        self.assertEqual({}, parsing.values(text, 'nova_ext_exporter_api_up'))
        self.assertEqual(1, len(parsing.values(text, 'nova_ext_exporter_info')))


class TestBlocks(unit_base.TestCase):
    def test_families_of_several_sources_stand_together(self) -> None:
        from nova_ext.openmetrics import families

        listed = [entries.make_hung('a', host='x\n# HELP "y'), entries.make_entry('b', host='z')]
        joined = b''.join(block.text() for block in blocks.join(
            blocks.split(families.make([entry])) for entry in listed))
        self.assertEqual(sorted(exposition.text(listed).splitlines()),
                         sorted(joined.splitlines()))
        self.assertEqual(2, len(parsing.values(joined, 'nova_server_up')))

    def test_size_is_that_of_the_text(self) -> None:
        block = blocks.pack(b'x' * 1000)
        self.assertEqual((1000, b'x' * 1000), (block.size, block.text()))
        self.assertLess(len(block.compressed), 100)
