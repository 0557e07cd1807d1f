# SPDX-License-Identifier: Apache-2.0
"""What is done to logs and saved configurations before guests are started."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Optional

import ddt

from nova_ext.virt.libvirt.console import counted, privileged, visibility
from tests.unit.virt.libvirt.console import domains, servers
from tests.unit.virt.libvirt.console import virtlogd_files as files


@ddt.ddt
class TestAreAppended(servers.StartsTestCase):
    @ddt.data(('logd', True), ('file', False))
    @ddt.unpack
    def test_logs_go_on_where_virtlogd_writes_them(self, handler: str, appended: bool) -> None:
        self.configure_handler(handler)
        self.assertIs(appended, self.starts.are_appended())

    def test_logs_begin_anew_where_it_is_not_known_who_writes_them(self) -> None:
        self.patch(visibility, 'is_read_by_libvirt', lambda path: False)
        self.assertFalse(self.starts.are_appended())

    def test_logs_begin_anew_if_the_configuration_cannot_be_read(self) -> None:
        def fail(path: str) -> str:
            raise PermissionError(13, 'Permission denied', path)

        self.patch(privileged, 'read_configuration', fail)
        self.assertFalse(self.starts.are_appended())
        self.assertIn('PermissionError: [Errno 13] Permission denied', self.logs.text)


@ddt.ddt
class TestIsMadeByLibvirt(servers.StartsTestCase):
    @ddt.data(
        ('logd', False, None, True), ('file', False, None, False), ('file', True, None, True),
        ('file', False, 'migrating', True), ('file', False, 'resize_finish', False))
    @ddt.unpack
    def test_log_is_left_to_libvirt_wherever_it_may_be_appended_to(
            self, handler: str, elsewhere: bool, task_state: Optional[str], left: bool) -> None:
        self.configure_handler(handler)
        self.server.task_state = task_state
        if elsewhere:
            self.log_elsewhere()
        self.assertIs(left, self.starts.is_made_by_libvirt(
            self.consoles.get_log_path(self.server), self.server))


@ddt.ddt
class TestPrepareLog(servers.StartsTestCase):
    def prepare(self, append: str) -> None:
        """Start a guest whose log goes on, or not."""
        self.starts.prepare_logs(self.server, domains.domain(domains.tcp(
            log=str(self.nova_path), append=append)))

    def contents(self) -> dict[str, bytes]:
        """Return what is in the directory of the server, but for the offsets of the log."""
        return {file.name: file.read_bytes() for file in self.server_directory.iterdir()
                if file.name != 'console.log.index'}

    def test_newest_part_of_a_log_that_begins_anew_is_kept_beside_it(self) -> None:
        self.conf.set_override('console_history_bytes', 8, 'nova_ext')
        files.make(self.nova_path, b'newest', b'old', b'oldest')
        self.prepare('off')
        self.assertEqual({'console.log': b'', 'console.log.999': b'ldnewest'}, self.contents())

    def test_what_is_kept_outlives_that_virtlogd_deletes_its_files(self) -> None:
        self.conf.set_override('console_history_bytes', 9, 'nova_ext')
        for number in range(6):
            self.nova_path.write_bytes(b'%d,' % number)
            self.prepare('off')
            files.delete(self.nova_path)
        self.assertEqual({'console.log.999': b',2,3,4,5,'}, self.contents())
        self.nova_path.write_bytes(b'6,')
        self.assertEqual(b',2,3,4,5,6,', files.read(self.nova_path))

    def test_log_that_begins_anew_is_emptied_if_nothing_is_to_be_kept(self) -> None:
        self.conf.set_override('console_history_bytes', 0, 'nova_ext')
        files.make(self.nova_path, b'newest', b'old')
        (self.server_directory / 'console.log.999').write_bytes(b'oldest')
        self.prepare('off')
        self.assertEqual({'console.log': b''}, self.contents())

    def test_log_of_root_that_goes_on_is_left_alone(self) -> None:
        if os.getuid():
            self.skipTest('this needs to be root')
        files.make(self.nova_path, b'new', b'old')
        self.prepare('on')
        self.assertEqual({'console.log': b'new', 'console.log.0': b'old'}, self.contents())

    @ddt.data(b'printed before', b'')
    def test_virtlogd_makes_a_log_that_is_not_root_own(self, printed: bytes) -> None:
        self.nova_path.write_bytes(printed)
        if not os.getuid():
            os.chown(self.nova_path, 1000, 1000)
        self.prepare('on')
        self.assertEqual({'console.log.0': printed} if printed else {}, self.contents())

    def test_failure_of_one_port_leaves_the_others_ready(self) -> None:
        def begin_anew(path: str, limit: int) -> None:
            if path == str(self.nova_path):
                raise OSError(5, 'the disk is broken')
            counted.begin_anew(path, limit)

        self.patch(privileged, 'begin_log_anew', begin_anew)
        second = Path(f'{self.nova_path}-port1')
        second.write_bytes(b'printed before')
        self.starts.prepare_logs(self.server, domains.domain(domains.tcp(
            2, log=str(self.nova_path), append='off', logged=2)))
        self.assertEqual(b'printed before', Path(f'{second}.999').read_bytes())
        self.assertTrue(Path(f'{second}.index').exists())
        warning, = self.warnings_about(self.server)
        self.assertIn('the disk is broken', warning)

    @ddt.data('on', 'off')
    def test_missing_log_needs_nothing(self, append: str) -> None:
        self.prepare(append)
        self.assertEqual(({}, []), (self.contents(), self.warnings_about(self.server)))

    @ddt.data('on', 'off')
    def test_log_that_is_linked_to_the_null_device_stays_so(self, append: str) -> None:
        self.nova_path.symlink_to('/dev/null')
        if not os.getuid():
            os.lchown(self.nova_path, 1000, 1000)
        self.prepare(append)
        self.assertEqual(Path('/dev/null'), self.nova_path.readlink())
        self.assertEqual({'console.log': b''}, self.contents())

    def test_guest_without_a_log_needs_nothing(self) -> None:
        self.nova_path.write_bytes(b'printed before')
        self.starts.prepare_logs(self.server, domains.KINDS['none'])
        self.assertEqual({'console.log': b'printed before'}, self.contents())

    @ddt.data('begin_log_anew', 'move_log_on', 'xml')
    def test_failure_is_warned_about(self, case: str) -> None:
        def fail(*_: Any) -> None:
            raise OSError(28, 'No space left on device')

        self.nova_path.write_bytes(b'printed before')
        if not os.getuid():
            os.chown(self.nova_path, 1000, 1000)
        if case != 'xml':
            self.patch(privileged, case, fail)
            self.prepare('off' if case == 'begin_log_anew' else 'on')
        else:
            self.starts.prepare_logs(self.server, '<domain>')
        warning, = self.warnings_about(self.server)
        self.assertIn('XMLSyntaxError' if case == 'xml' else 'No space left', warning)
        self.assertEqual({'console_log': 1}, self.consoles.failures.counts())
