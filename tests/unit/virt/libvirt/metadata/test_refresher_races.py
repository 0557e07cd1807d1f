# SPDX-License-Identifier: Apache-2.0
"""A server that is changed while its metadata is refreshed."""

from __future__ import annotations

import concurrent.futures
import contextlib
import datetime
import logging
from collections.abc import Callable
from typing import Any, Optional

import ddt
import libvirt

from nova_ext import exception
from nova_ext.concurrency import background
from nova_ext.virt.libvirt.metadata import refresher, turns
from tests.fixtures import libvirt as libvirt_fixtures
from tests.unit.virt.libvirt.metadata import base, fakes

LATER = fakes.CREATED + datetime.timedelta(seconds=1)

#: Every way of refreshing a server.
WAYS: dict[str, Callable[[base.RefresherTestCase], object]] = {
    'operation': lambda test: test.refresher.refresh(test.server.uuid),
    'rename': lambda test: test.refresher.refresh_local(test.server.uuid),
    'following': lambda test: test.refresher._follow(test.server),
    'pass': lambda test: test.refresher.refresh_all(),
}


@ddt.ddt
class TestRaces(base.RefresherTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(refresher, 'FOLLOW_UP_DELAYS', (0,))
        self.server.display_name = 'before'
        self.refresher.refresh(self.server.uuid)
        self.refreshes: list[concurrent.futures.Future[Any]] = []

    def change(self, way: str) -> None:
        """Rename the server and have it refreshed; return when that is done or has to wait."""
        self.server.update({'display_name': 'after', 'availability_zone': 'zone2'})
        self.refreshes.append(background.start('test', lambda: WAYS[way](self)))
        with contextlib.suppress(concurrent.futures.TimeoutError):
            self.refreshes[-1].result(timeout=0.1)

    def assert_changed(self) -> None:
        """Assert that the new values, and no others, are written when everybody is done."""
        for one in self.refreshes:
            one.result(timeout=5)
        self.assertEqual(1, len(self.refreshes))
        for metadata in self.read_metadata():
            self.assertEqual('after', metadata.nova_text('name'))
            self.assertEqual([{'name': 'host1', 'availability_zone': 'zone2'}],
                             metadata.nova_ext_attributes('host'))

    @ddt.data(*((way, other) for way in WAYS for other in WAYS))
    @ddt.unpack
    def test_what_was_read_before_a_change_is_not_written_after_it(
            self, way: str, other: str) -> None:
        self.records.meanwhile = lambda: self.change(other)
        WAYS[way](self)
        self.assert_changed()

    @ddt.data(*WAYS)
    def test_change_between_comparison_and_writing_of_a_pass_is_kept(self, way: str) -> None:
        self.server.display_name = 'early'  # so that the pass finds something to write

        def interrupt_next_read() -> None:
            self.records.meanwhile = lambda: self.change(way)

        self.records.meanwhile = interrupt_next_read
        self.refresher.refresh_all()
        self.assert_changed()


@ddt.ddt
class TestOvertaken(base.RefresherTestCase):
    """Nova begins something after the record was read, and libvirt refuses what it says."""

    def setUp(self) -> None:
        super().setUp()
        self.logs.set_level(logging.DEBUG)
        self.patch(refresher, 'FOLLOW_UP_DELAYS', (0,))
        self.server.updated_at = fakes.CREATED
        self.fail_after(lambda: None)

    def fail_after(self, change: Callable[[], object], error: Optional[Exception] = None) -> None:
        """Have a change made before setMetadata fails."""
        self.queries.errors[self.server.uuid] = error or libvirt_fixtures.libvirt_error(
            libvirt.VIR_ERR_OPERATION_INVALID)
        self.queries.before_error = change

    def assert_counted(self, expected: int) -> None:
        self.assertEqual({'metadata': expected}, self.refresher.failures.counts())
        self.assertEqual(expected, len(self.logs.messages(logging.WARNING)))

    @ddt.data(*((way, changes) for way in ('following', 'pass') for changes in (
        {'task_state': 'rebooting'}, {'host': 'host2'}, {'updated_at': LATER})))
    @ddt.unpack
    def test_error_is_no_failure(self, way: str, changes: dict[str, Any]) -> None:
        self.fail_after(lambda: self.server.update(changes))
        WAYS[way](self)
        self.assert_counted(0)
        self.assertIn('not refreshed, for an operation has begun', self.logs.text)

    @ddt.data('following', 'pass')
    def test_error_without_an_operation_is_a_failure(self, way: str) -> None:
        WAYS[way](self)
        self.assert_counted(1)

    def test_renamed_server_that_is_rebooted_is_not_said_to_be_refreshed(self) -> None:
        self.fail_after(lambda: self.server.update({'task_state': 'rebooting'}))
        self.assertIs(False, self.refresher.refresh_local(self.server.uuid))
        self.assert_counted(0)

    def test_server_that_is_deleted_is_no_failure(self) -> None:
        self.fail_after(self.records.servers.clear)
        for way in ('following', 'pass'):
            WAYS[way](self)
        self.assert_counted(0)

    def test_silent_libvirt_is_a_failure_whatever_nova_does(self) -> None:
        self.fail_after(lambda: self.server.update({'task_state': 'rebooting'}),
                        exception.HypervisorNotResponding('no answer'))
        with self.assert_raises(exception.HypervisorNotResponding):
            self.refresher.refresh_local(self.server.uuid)


class TestTurns(base.RefresherTestCase):
    def test_wait_for_another_refresh_is_bounded(self) -> None:
        self.patch(turns, 'LOCK_TIMEOUT', 0.01)
        with self.refresher._turns.take(self.server.uuid):
            with self.assert_raises(TimeoutError, 'another refresh of it has not ended'):
                self.refresher.refresh(self.server.uuid)
            self.assertIs(True, self.refresher.refresh(self.add_server().uuid))
        self.assertIs(True, self.refresher.refresh(self.server.uuid))

    def test_failure_ends_a_refresh(self) -> None:
        self.patch(turns, 'LOCK_TIMEOUT', 0.01)
        self.queries.errors[self.server.uuid] = ValueError('whatever')
        for _ in range(2):
            with self.assert_raises(ValueError, 'whatever'):
                self.refresher.refresh(self.server.uuid)

    def test_nothing_is_kept_of_servers(self) -> None:
        for _ in range(3):
            self.refresher.refresh(self.add_server().uuid)
        self.refresher.refresh_all()
        self.assertEqual(0, len(self.refresher._turns._locks))


class LateQueries:
    """Has the refresher wait in vain, and asks when :attr:`late` is called."""

    def ask_guest(self, server_uuid: str, question: Callable[[Any, Any], Any]) -> LateQueries:
        """Note a question."""
        self.late = question
        return self

    def result(self) -> Any:
        """Raise what is raised when libvirt does not answer in time."""
        raise exception.NotResponding('no answer')


class TestLateAnswer(base.RefresherTestCase):
    def test_what_nobody_waits_for_any_longer_is_not_written(self) -> None:
        queries = LateQueries()
        late = self.make_refresher(queries)
        with self.assert_raises(exception.NotResponding):
            late.refresh(self.server.uuid)
        queries.late(self.libvirt.connection, self.get_domain())
        self.assertIsNone(self.read_metadata()[0].nova)
