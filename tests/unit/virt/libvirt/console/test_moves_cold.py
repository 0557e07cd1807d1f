# SPDX-License-Identifier: Apache-2.0
"""Resizes and cold migrations, by Nova's own records and message bus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ddt
from nova import exception, objects

from nova_ext.virt.libvirt.console import history
from tests.unit import support
from tests.unit.virt.libvirt.console import base, moving
from tests.unit.virt.libvirt.console import virtlogd_files as files


def log_of(server: Any) -> Path:
    """Return the path of a server's log in its directory on this host."""
    return Path(base.nova_log_path(server))


@ddt.ddt
class TestResizedAway(moving.MovesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.make_server()

    def put_aside(self) -> None:
        """Put the server's directory aside, as Nova does on the source of a resize."""
        directory = self.instances / self.server.uuid
        directory.rename(f'{directory}_resize')

    def test_history_is_sent_from_the_directory_that_was_put_aside(self) -> None:
        histories = self.start_there()
        self.make_migration(self.server, dest_compute=self.there)
        files.make(log_of(self.server), b'here', b'printed ')
        self.put_aside()
        self.moves.migrate_disk_and_power_off(support.admin(), self.server)
        self.assertEqual(b'printed here', histories.text())

    @ddt.data('pre-migrating', 'post-migrating', 'finished', 'error')
    def test_history_is_not_sent_while_the_migration_has_another_status(
            self, status: str) -> None:
        histories = self.start_there()
        self.make_migration(self.server, dest_compute=self.there, status=status)
        log_of(self.server).write_bytes(b'printed here')
        self.moves.migrate_disk_and_power_off(support.admin(), self.server)
        self.assertEqual([], histories.pieces)

    def test_history_is_kept_by_a_resize_on_one_host(self) -> None:
        self.make_migration(self.server, dest_compute='here')
        files.make(log_of(self.server), b'here', b'printed ')
        self.put_aside()
        (self.instances / self.server.uuid).mkdir()
        self.moves.migrate_disk_and_power_off(support.admin(), self.server)
        self.assertEqual(b'printed here', files.read(log_of(self.server)))

    def test_log_elsewhere_is_left_alone_by_a_resize_on_one_host(self) -> None:
        directory = self.log_elsewhere()
        log = directory / f'{self.server.uuid}-here.console'
        log.write_bytes(b'printed here')
        self.make_migration(self.server, dest_compute='here')
        self.moves.migrate_disk_and_power_off(support.admin(), self.server)
        self.make_migration(self.server, dest_compute='here', status='reverting')
        self.moves.revert_resize(support.admin(), self.server)
        self.assertEqual([log], list(directory.iterdir()))
        self.assertEqual(b'printed here', log.read_bytes())

    @ddt.data('migrate_disk_and_power_off', 'revert_resize')
    def test_history_of_which_nobody_knows_where_it_goes_is_counted(self, method: str) -> None:
        def fail(*_: Any) -> None:
            raise exception.NotFound('the record is gone')

        self.patch(objects.MigrationList, 'get_by_filters', fail)
        with self.assert_raises(exception.NotFound):
            getattr(self.moves, method)(support.admin(), self.server)
        self.assertEqual({'console_log': 1}, self.consoles.failures.counts())

    @ddt.data('arrived', 'given up', 'no plugin')
    def test_it_is_noted_whether_the_log_elsewhere_has_arrived(self, case: str) -> None:
        directory = self.log_elsewhere()
        log = directory / f'{self.server.uuid}-here.console'
        log.write_bytes(b'printed here')
        Path(f'{log}.sent').touch()  # of an earlier resize that was reverted
        self.make_migration(self.server, dest_compute=self.there)
        if case == 'no plugin':
            self.rpc.start_host(self.there)
        else:
            self.start_there().complete = case == 'arrived'
        self.moves.migrate_disk_and_power_off(support.admin(), self.server)
        self.assertEqual(b'printed here', log.read_bytes())
        self.assertIs(case == 'arrived', Path(f'{log}.sent').exists())


@ddt.ddt
class TestGoingBack(moving.MovesTestCase):
    """A resize is being reverted."""

    def make_reverting_server(self) -> Any:
        """Return a server that was resized from the other host to this one."""
        server = self.make_server(task_state='resize_reverting')
        self.make_migration(
            server, source_compute=self.there, dest_compute='here', status='reverting')
        return server

    @ddt.data(False, True)
    def test_only_what_was_printed_here_is_sent_back(self, rotated: bool) -> None:
        histories = self.start_there()
        server = self.make_reverting_server()
        path = base.nova_log_path(server)
        Path(path).write_bytes(b'printed here')
        history.insert_as_oldest(path, b'printed there', 3)
        if rotated:
            Path(f'{path}.0').rename(f'{path}.1')
            Path(path).rename(f'{path}.0')
            Path(path).write_bytes(b' too')
        self.moves.revert_resize(support.admin(), server)
        self.assertEqual(b'printed here' + b' too' * rotated, histories.text())

    def test_log_elsewhere_is_sent_back_and_deleted_here(self) -> None:
        histories = self.start_there()
        directory = self.log_elsewhere()
        server = self.make_reverting_server()
        log = directory / f'{server.uuid}-here.console'
        log.write_bytes(b'printed here')
        history.insert_as_oldest(str(log), b'printed there', 3)
        self.moves.revert_resize(support.admin(), server)
        self.assertEqual(b'printed here', histories.text())
        self.assertEqual([], list(directory.iterdir()))

    def test_log_elsewhere_that_does_not_arrive_is_kept_here(self) -> None:
        self.start_there().complete = False
        directory = self.log_elsewhere()
        server = self.make_reverting_server()
        (directory / f'{server.uuid}-here.console').write_bytes(b'printed here')
        self.moves.revert_resize(support.admin(), server)
        kept, = directory.iterdir()
        self.assertEqual((f'{server.uuid}-here.console.kept', b'printed here'),
                         (kept.name, kept.read_bytes()))

    @ddt.data(True, False)
    def test_nothing_is_sent_to_another_cell(self, elsewhere: bool) -> None:
        histories = self.start_there()  # of the same name, on this cell's message bus
        directory = self.log_elsewhere() if elsewhere else None
        server = self.make_server(task_state='resize_reverting')
        self.make_migration(server, source_compute=self.there, dest_compute='here',
                            status='reverting', cross_cell_move=True)
        log = directory / f'{server.uuid}-here.console' if directory else log_of(server)
        log.write_bytes(b'printed here')
        self.moves.revert_resize(support.admin(), server)
        self.assertEqual([], histories.pieces)
        warnings = self.warnings_about(server)
        self.assertIn(f'to {self.there}, which is in another cell', warnings[0])
        kept, = log.parent.iterdir()
        self.assertEqual(b'printed here', kept.read_bytes())
        self.assertEqual(2 if elsewhere else 1, len(warnings))
        self.assertEqual({'console_log': 1}, self.consoles.failures.counts())

    def test_host_that_the_server_returns_to_sends_nothing(self) -> None:
        histories = self.start_there()
        server = self.make_server()
        self.make_migration(server, dest_compute=self.there, status='reverting')
        log_of(server).write_bytes(b'printed here')
        self.moves.revert_resize(support.admin(), server)
        self.assertEqual([], histories.pieces)
        self.assertEqual(b'printed here', files.read(log_of(server)))

    def test_output_is_added_to_the_log_put_aside_on_the_same_host(self) -> None:
        server = self.make_server(task_state='resize_reverting')
        self.make_migration(server, dest_compute='here', status='reverting')
        resized = self.instances / f'{server.uuid}_resize'
        resized.mkdir()
        (resized / 'console.log').write_bytes(b'before,')
        log_of(server).write_bytes(b'after')
        history.insert_as_oldest(str(log_of(server)), b'before,', 3)
        self.moves.revert_resize(support.admin(), server)
        self.assertEqual(b'before,after', (resized / 'console.log').read_bytes())
