# SPDX-License-Identifier: Apache-2.0
"""Questions about guests, one of which may hang."""

from __future__ import annotations

import threading
from typing import Any

import libvirt

from nova_ext import exception
from nova_ext.concurrency import bounded
from nova_ext.virt.libvirt import queries
from tests.fixtures import clock
from tests.unit.virt.libvirt import queries_base
from tests.unit.virt.libvirt.queries_base import get_connection


class TestQuestions(queries_base.QueriesTestCase):
    def test_question_gets_the_guest_on_its_own_connection(self) -> None:
        own, domain = self.ask(self.uuids[1], lambda *arguments: arguments)
        self.assertIs(self.connections.opened[0], own)
        self.assertIsNot(self.libvirt.connection, own)
        self.assertEqual(self.uuids[1], domain.UUIDString())
        self.assertIs(own, domain.connect())

    def test_ask_does_not_wait_for_the_answer(self) -> None:
        entered, release = threading.Event(), threading.Event()

        def question(connection: Any, domain: Any) -> bool:
            entered.set()
            return release.wait(5)

        asked = self.queries.ask_guest(self.uuids[0], question)
        self.assertTrue(entered.wait(5))
        release.set()
        self.assertIs(True, asked.result())

    def test_no_connection_is_opened_before_the_first_question(self) -> None:
        self.assertEqual([], self.connections.opened)

    def test_consecutive_questions_share_one_connection(self) -> None:
        used = {self.ask(uuid, get_connection) for uuid in self.uuids * 3}
        self.assertEqual(set(self.connections.opened), used)
        self.assertEqual(1, len(self.connections.opened))

    def test_concurrent_questions_share_no_connection(self) -> None:
        self.ask(self.uuids[0], get_connection)
        barrier = threading.Barrier(3, timeout=5)
        seen: list[Any] = []

        def question(connection: Any, domain: Any) -> None:
            seen.append(connection)
            barrier.wait()

        for asked in [self.queries.ask_guest(uuid, question) for uuid in self.uuids]:
            asked.result()
        self.assertEqual(3, len(set(seen)))
        self.assertEqual(3, len(self.connections.opened))

    def test_error_about_the_guest_is_raised_and_the_connection_kept(self) -> None:
        with self.assert_raises(libvirt.libvirtError) as caught:
            self.ask(queries_base.MISSING, get_connection)
        self.assertEqual(libvirt.VIR_ERR_NO_DOMAIN, caught.exception.get_error_code())
        self.assertIs(self.connections.opened[0], self.ask(self.uuids[0], get_connection))


class TestHangingQuestions(queries_base.QueriesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.entered = threading.Semaphore(0)
        self.release = threading.Event()
        self.addCleanup(self.release.set)

    def hang(self, connection: Any, domain: Any) -> None:
        """Do not answer before the test ends."""
        self.entered.release()
        self.release.wait(10)

    def test_hanging_question_keeps_its_connection_to_itself(self) -> None:
        time_passing = self.useFixture(clock.Clock(bounded))
        hanging = self.queries.ask_guest(self.uuids[0], self.hang)
        self.assertTrue(self.entered.acquire(timeout=5))
        time_passing.now += queries_base.TIMEOUT
        with self.assert_raises(exception.NotResponding):
            hanging.result()
        stuck, = self.connections.opened
        self.assertIsNot(stuck, self.ask(self.uuids[1], get_connection))
        self.assertIsNot(stuck, self.ask(self.uuids[2], get_connection))
        self.assertEqual(2, len(self.connections.opened))

    def test_hanging_questions_hold_no_more_connections_than_the_limit(self) -> None:
        self.queries = queries.Queries(self.connections, 0.1)
        refused: list[Exception] = []

        def ask(uuid: str) -> None:
            try:
                self.ask(uuid, self.hang)
            except exception.NotResponding as error:
                refused.append(error)

        uuids = [self.libvirt.define_guest().UUIDString() for _ in range(queries.GUEST_LIMIT + 3)]
        threads = [threading.Thread(target=ask, args=(uuid,), daemon=True) for uuid in uuids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        for _ in range(queries.GUEST_LIMIT):
            self.assertTrue(self.entered.acquire(timeout=5))
        self.assertEqual(len(uuids), len(refused))
        self.assertEqual(queries.GUEST_LIMIT, len(self.connections.opened))
