# SPDX-License-Identifier: Apache-2.0
"""What runs in Nova's privileged daemon, called as nova-compute calls it."""

from __future__ import annotations

import functools
import math
import os
import socket
import threading
from typing import Any

import ddt
from nova import privsep
from oslo_privsep import comm, daemon
from oslo_utils import importutils

from nova_ext import exception
from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import log, privileged, virtlogd
from tests.unit import base as unit_base
from tests.unit.virt.libvirt.console import base
from tests.unit.virt.libvirt.console import virtlogd_files as files

MODULE = privileged.__name__
CONTEXT = privsep.sys_admin_pctxt

ENTRY_POINTS = [
    'is_directory', 'is_log_of_root', '_read_log', '_read_part_of_log', '_read_history',
    'insert_as_oldest_log', 'append_to_log', 'begin_log', 'note_logs', 'move_log_on',
    'begin_log_anew', 'remove_log', 'set_log_aside', 'mark_log_sent', 'is_log_sent', '_keep_log',
    '_read_kept_log', '_remove_kept_logs', 'read_configuration', 'get_refusal_of_virtlogd']


@ddt.ddt
class TestEntryPoints(unit_base.TestCase):
    @ddt.data(*ENTRY_POINTS)
    def test_daemon_finds_the_function_by_name_and_may_call_it(self, name: str) -> None:
        function = importutils.import_class(f'{MODULE}.{name}')
        self.assertIs(getattr(privileged, name), function)
        self.assertTrue(CONTEXT.is_entrypoint(function))

    def test_nothing_else_is_callable_in_the_daemon(self) -> None:
        callable_there = [name for name, value in vars(privileged).items()
                          if CONTEXT.is_entrypoint(value)]
        self.assertEqual(sorted(ENTRY_POINTS), sorted(callable_there))


class TestDaemon(base.ConsoleTestCase):
    """The daemon's own loop runs in a thread."""

    def setUp(self) -> None:
        super().setUp()
        self.log = self.directory / 'console.log'
        ours, its = socket.socketpair()
        server = daemon.Daemon(comm.ServerChannel(its), CONTEXT)

        def serve() -> None:
            server.loop()
            server.thread_pool.shutdown()
            its.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        self.channel = daemon._ClientChannel(ours, CONTEXT)
        self.addCleanup(ours.close)
        self.addCleanup(thread.join, 5)
        self.addCleanup(self.channel.close)

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function by its name, with nothing but data."""
        return self.channel.remote_call(f'{MODULE}.{name}', arguments, {}, 5)

    def test_disk_is_asked_for_a_directory_and_whose_a_log_is(self) -> None:
        self.assertIs(True, self.call('is_directory', str(self.directory)))
        self.assertIs(False, self.call('is_directory', str(self.log)))
        self.assertIs(True, self.call('is_log_of_root', str(self.log)))
        self.log.touch()
        self.assertIs(not os.getuid(), self.call('is_log_of_root', str(self.log)))

    def test_log_is_read(self) -> None:
        files.make(self.log, b'\xff\x00new', b'old')
        self.assertEqual(
            (b'd\xff\x00new', 2), log.Tail(*self.call('_read_log', str(self.log), 6)))

    def test_log_is_read_by_offset(self) -> None:
        self.call('begin_log', str(self.log), True)
        files.make(self.log, b'\xff\x00new', b'old')
        self.assertEqual({}, self.call('note_logs', [str(self.log)]))
        self.assertEqual(
            (b'd\xff\x00', 3, 6, 1),
            tuple(self.call('_read_part_of_log', str(self.log), 3, 3)))

    def test_history_is_read_with_its_spans(self) -> None:
        self.call('begin_log', str(self.log), True)
        files.make(self.log, b'\xff\x00new', b'old')
        data, older, spans = self.call('_read_history', str(self.log), 6, math.inf)
        self.assertEqual((b'd\xff\x00new', 2), (data, older))
        self.assertEqual([(3, 1), (4, 5), (9, 0)], [tuple(span) for span in spans])
        data, older, _ = self.call(
            '_read_history', str(self.log), 9, math.inf, f'{self.log}.0')
        self.assertEqual((b'\xff\x00new', 0), (data, older))

    def test_longest_history_is_inserted_into_a_log(self) -> None:
        self.log.write_bytes(b'new')
        history = bytes(range(256)) * 65536
        insert = functools.partial(self.call, 'insert_as_oldest_log', str(self.log), history)
        self.assertIs(True, insert(3, [console_history.Span(0, len(history))], math.inf))
        self.assertTrue(files.read(self.log) == history + b'new', 'the history differs')
        self.assertIs(False, insert(1, [], math.inf))

    def test_log_is_appended_to_and_removed(self) -> None:
        self.call('append_to_log', str(self.log), b'a\xff', [], math.inf)
        self.call('append_to_log', str(self.log), b'b', [], math.inf)
        with self.assert_raises(exception.NotResponding, 'nobody waits any more'):
            self.call('append_to_log', str(self.log), b'too late', [], 0)
        self.assertEqual(b'a\xffb', self.log.read_bytes())
        self.call('remove_log', str(self.log), True)
        self.assertFalse(self.log.exists())

    def test_log_of_a_deleted_server_is_kept_read_and_removed(self) -> None:
        self.call('begin_log', str(self.log), True)
        self.log.write_bytes(b'\xff\x00new')
        kept, server = str(self.directory / 'kept'), '6f9619ff-8b86-4011-b42d-00cf4fc964ff'
        self.assertEqual(
            (5, 0), tuple(self.call('_keep_log', str(self.log), kept, server, 0, 1 << 20)))
        self.assertEqual(
            (b'\x00ne', 1, 4, 0), tuple(self.call('_read_kept_log', kept, server, 0, 60, 1, 3)))
        expired, displaced, failed = self.call('_remove_kept_logs', kept, 0, 1 << 20)
        self.assertEqual(([server], [], {}), (list(expired), list(displaced), failed))

    def test_configuration_is_read_and_a_missing_file_is_empty(self) -> None:
        self.log.write_bytes(b'name = "\xff"')
        self.assertEqual(
            'name = "\N{REPLACEMENT CHARACTER}"',
            self.call('read_configuration', str(self.log)))
        self.assertEqual('', self.call('read_configuration', f'{self.log}.gone'))

    def test_virtlogd_is_asked_why_it_takes_no_connection(self) -> None:
        self.assertEqual('No such file or directory', self.call('get_refusal_of_virtlogd'))
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(virtlogd.SOCKET)
            self.assertEqual('Connection refused', self.call('get_refusal_of_virtlogd'))
            server.listen()
            self.assertIsNone(self.call('get_refusal_of_virtlogd'))

    def test_errors_are_raised_in_the_caller_with_their_reason(self) -> None:
        self.log.mkdir()
        with self.assert_raises(OSError, 'Not a regular file') as caught:
            self.call('_read_log', str(self.log), 6)
        self.assertEqual('Not a regular file', caught.exception.strerror)
        with self.assert_raises(FileNotFoundError):
            self.call('_read_log', f'{self.log}/gone/log', 6)

    def test_other_functions_are_not_exported(self) -> None:
        with self.assert_raises(NameError, 'not exported'):
            self.call('read_log', str(self.log), 6)


class TestReadLog(base.ConsoleTestCase):
    def test_tail_is_returned_with_the_number_of_older_bytes(self) -> None:
        path = self.directory / 'console.log'
        files.make(path, b'new', b'old')
        self.assertEqual(log.Tail(b'dnew', 2), privileged.read_log(str(path), 4))
