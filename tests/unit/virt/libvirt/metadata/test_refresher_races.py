# SPDX-License-Identifier: Apache-2.0
"""A server that is changed while its metadata is refreshed."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Callable
from typing import Any

import ddt

from nova_ext import exception
from nova_ext.concurrency import background
from nova_ext.virt.libvirt.metadata import refresher
from tests.unit.virt.libvirt.metadata import base

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


class TestTurns(base.RefresherTestCase):
    def test_wait_for_another_refresh_is_bounded(self) -> None:
        self.patch(refresher, 'LOCK_TIMEOUT', 0.01)
        with self.refresher._current(self.server.uuid):
            with self.assert_raises(TimeoutError, 'another refresh of it has not ended'):
                self.refresher.refresh(self.server.uuid)
            self.assertIs(True, self.refresher.refresh(self.add_server().uuid))
        self.assertIs(True, self.refresher.refresh(self.server.uuid))

    def test_failure_ends_a_refresh(self) -> None:
        self.patch(refresher, 'LOCK_TIMEOUT', 0.01)
        self.queries.errors[self.server.uuid] = ValueError('whatever')
        for _ in range(2):
            with self.assert_raises(ValueError, 'whatever'):
                self.refresher.refresh(self.server.uuid)

    def test_nothing_is_kept_of_servers(self) -> None:
        for _ in range(3):
            self.refresher.refresh(self.add_server().uuid)
        self.refresher.refresh_all()
        self.assertEqual(0, len(self.refresher._turns))


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
