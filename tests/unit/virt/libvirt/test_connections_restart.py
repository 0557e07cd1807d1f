# SPDX-License-Identifier: Apache-2.0
"""Restarts of libvirtd between questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ddt
import libvirt

from nova_ext import exception
from nova_ext.virt.libvirt import connections, queries
from tests.fixtures.libvirt import libvirt_error
from tests.unit.virt.libvirt import queries_base
from tests.unit.virt.libvirt.queries_base import get_connection


class Dead:
    """A connection to a libvirtd that has been restarted, and a domain on it."""

    def lookupByUUIDString(self, uuid: str) -> Any:  # noqa: N802
        raise libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)

    def getLibVersion(self) -> int:  # noqa: N802
        raise libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)

    def isAlive(self) -> int:  # noqa: N802
        return 0

    def UUIDString(self) -> str:  # noqa: N802
        raise libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)

    def controlInfo(self) -> Any:  # noqa: N802
        raise libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)

    def connect(self) -> Dead:
        return self


@ddt.ddt
class TestRestart(queries_base.QueriesTestCase):
    def assert_refused(self, uuid: str) -> None:
        """Assert that every kind of question fails because libvirtd is not running."""
        asks: tuple[Callable[[], Any], ...] = (
            lambda: self.ask(uuid, get_connection),
            lambda: self.queries.ask_about(uuid, get_connection),
            lambda: self.queries.ask_switch(uuid, get_connection).result(),
            lambda: self.queries.ask_libvirt(lambda connection: connection.getLibVersion()))
        for ask in asks:
            with self.assert_raises(
                    exception.HypervisorNotResponding, 'libvirt cannot be reached: error 5'):
                ask()

    @ddt.data(False, True)
    def test_question_is_asked_again_on_a_new_connection(self, remembered: bool) -> None:
        dead = connections.Connection(Dead)
        if remembered:
            dead._domains = {uuid: dead.raw for uuid in self.uuids}
        self.queries._pool._idle.append(dead)

        def question(connection: Any, domain: Any) -> Any:
            return domain.UUIDString(), connection, domain.connect()

        for uuid in self.uuids:
            answer = self.ask(uuid, question)
            fresh, = self.connections.opened
            self.assertEqual((uuid, fresh, fresh), answer)
        idle, = self.queries._pool._idle
        self.assertIs(fresh, idle.raw)

    def test_dead_connection_is_replaced_once_libvirtd_is_back(self) -> None:
        away = True

        def connect() -> Any:
            if away:
                raise libvirt_error(libvirt.VIR_ERR_NO_CONNECT)
            return self.connections()

        self.queries = queries.Queries(connect, queries_base.TIMEOUT)
        self.queries._pool._idle.append(connections.Connection(Dead))
        for _ in range(2):
            self.assert_refused(self.uuids[0])
        away = False
        for _ in range(2):
            used = self.ask(self.uuids[0], get_connection)
            self.assertIs(self.connections.opened[0], used)

    def test_questions_fail_while_libvirtd_is_not_running(self) -> None:
        def connect() -> Any:
            raise libvirt_error(libvirt.VIR_ERR_NO_CONNECT)

        self.queries = queries.Queries(connect, queries_base.TIMEOUT)
        for _ in range(queries.GUEST_LIMIT + 2):
            self.assert_refused(self.uuids[0])
