# SPDX-License-Identifier: Apache-2.0
"""``openstack server console log follow``, from its arguments to its output."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import ddt

from nova_ext.cli import console_log, exceptions, following, log_text
from tests.unit.cli import base

PATH = '/servers/7/console-log'


def part(text: str, start: int) -> tuple[int, dict[str, Any]]:
    return 200, {'text': text, 'start': start, 'next': start + len(text.encode()), 'oldest': 0}


DELETED = [(404, {'itemNotFound': {'message': 'Instance 7 could not be found.'}})]


@ddt.ddt
class TestFollow(base.CommandTestCase):
    def setUp(self) -> None:
        super().setUp()
        output = tempfile.TemporaryFile('w+', encoding='ascii')
        self.addCleanup(output.close)
        self.app.stdout = output
        self.patch(following, '_SHORTEST', 0.01)

    def follow(self, *arguments: str) -> bytes:
        """Follow a log until its server is deleted, and return what is printed."""
        command: Any = console_log.FollowServerConsoleLog
        parsed = self.make_parser(command).parse_args(('web1', *arguments))
        self.assertEqual(0, command(self.app, None).run(parsed))
        self.app.stdout.seek(0)
        return bytes(self.app.stdout.buffer.read())

    def serve(self, *answers: tuple[int, Any]) -> None:
        """Have the API answer so, and then say that the server is not there."""
        end = answers[0][1]['next']  # where the log ends at first
        self.api.answers[PATH] = [part('', end), *answers, *DELETED * 9]
        self.api.answers['/servers'] = [
            (200, {'servers': [{'id': '7', 'name': 'web1'}]}), *[(200, {'servers': []})] * 9]

    def test_log_is_printed_as_it_is_in_any_locale(self) -> None:
        self.serve(part('\x1b[1mbooté\r\n', 0), part('login: ', 12))
        self.assertEqual('\x1b[1mbooté\r\nlogin: '.encode(), self.follow())
        self.assertEqual('The server has been deleted.\n', self.app.stderr.getvalue())
        asked = [request.query for request in self.api.requests if request.path == PATH]
        self.assertEqual([('0', '1048576'), ('12', '1048576')],
                         [(query['start'][0], query['limit'][0]) for query in asked[1:3]])

    @ddt.data(b'<html>Down for maintenance</html>', b'', b'[7]', b'7')
    def test_answer_of_something_else_is_none_of_the_api(self, content: bytes) -> None:
        self.serve(part('before ', 0), (200, content), part('after', 7))
        self.assertEqual(b'before after', self.follow())
        self.assert_matches('is not the API. Waiting for it.', self.app.stderr.getvalue())

    def test_only_what_is_new_is_printed_with_0_lines(self) -> None:
        self.serve(part('new', 9))
        self.api.answers[PATH][0] = part('', 9)
        self.assertEqual(b'new', self.follow('--lines', '0'))

    @ddt.data('-1', 'many')
    def test_number_of_lines_must_be_one(self, lines: str) -> None:
        with self.assert_raises((SystemExit, Exception)):
            self.make_parser(console_log.FollowServerConsoleLog).parse_args(
                ['web1', '--lines', lines])

    @ddt.data(((), '0'), (('--port', '2'), '2'))
    @ddt.unpack
    def test_log_of_the_port_is_followed(self, arguments: tuple[str, ...], port: str) -> None:
        self.serve(part('printed', 0), part('more', 7))
        self.assertEqual(b'printedmore', self.follow(*arguments))
        asked = [request.query['port'] for request in self.api.requests if request.path == PATH]
        self.assertEqual([[port]] * len(asked), asked)
        self.assertGreater(len(asked), 1)

    @ddt.data('-1', '4', 'first')
    def test_port_must_be_one(self, port: str) -> None:
        with self.assert_raises(SystemExit):
            self.make_parser(console_log.FollowServerConsoleLog).parse_args(
                ['web1', '--port', port])

    def test_older_api_is_named(self) -> None:
        self.api.serve('1.0', '1.1', operations=())
        with self.assert_raises(exceptions.NotServed, 'does not serve GET /servers'):
            self.follow()

    def test_reader_that_has_gone_is_the_end(self) -> None:
        self.serve(*[part('x' * 9, 9 * number) for number in range(9)])
        reading, writing = os.pipe()
        os.close(reading)
        self.app.stdout = os.fdopen(writing, 'w')
        command: Any = console_log.FollowServerConsoleLog
        self.assertEqual(0, command(self.app, None).run(
            self.make_parser(command).parse_args(['web1'])))
        self.app.stdout.close()
        self.assertEqual('', self.app.stderr.getvalue())

    def test_interrupt_is_the_end(self) -> None:
        def interrupt(*_: Any) -> None:
            raise KeyboardInterrupt

        self.serve(part('x', 0))
        self.patch(log_text, 'write', interrupt)
        self.assertEqual(b'', self.follow())
