# SPDX-License-Identifier: Apache-2.0
"""Restarts of libvirtd between questions to guests' monitors."""

from __future__ import annotations

from typing import Any

import ddt
import libvirt

from nova_ext.virt.libvirt import monitors
from tests.fixtures.libvirt import libvirt_error
from tests.unit.virt.libvirt import monitors_base
from tests.unit.virt.libvirt.monitors_base import get_connection


class Dead:
    """A connection to a libvirtd that has been restarted, and a domain on it."""

    def lookupByUUIDString(self, uuid: str) -> Any:  # noqa: N802
        raise libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)

    def isAlive(self) -> int:  # noqa: N802
        return 0

    def UUIDString(self) -> str:  # noqa: N802
        raise libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)

    def connect(self) -> Dead:
        return self


@ddt.ddt
class TestRestart(monitors_base.MonitorsTestCase):
    def assert_raises_no_connect(self, uuid: str) -> None:
        """Assert that a question fails because libvirtd is not running."""
        with self.assert_raises(libvirt.libvirtError) as caught:
            self.ask(uuid, get_connection)
        self.assertEqual(libvirt.VIR_ERR_NO_CONNECT, caught.exception.get_error_code())

    @ddt.data(False, True)
    def test_question_is_asked_again_on_a_new_connection(self, remembered: bool) -> None:
        dead = monitors._Line(Dead())
        if remembered:
            dead._domains = {uuid: dead.connection for uuid in self.uuids}
        self.monitors._idle.append(dead)

        def question(connection: Any, domain: Any) -> Any:
            return domain.UUIDString(), connection, domain.connect()

        for uuid in self.uuids:
            answer = self.ask(uuid, question)
            fresh, = self.connections.opened
            self.assertEqual((uuid, fresh, fresh), answer)
        line, = self.monitors._idle
        self.assertIs(fresh, line.connection)

    def test_dead_connection_is_replaced_once_libvirtd_is_back(self) -> None:
        away = True

        def connect() -> Any:
            if away:
                raise libvirt_error(libvirt.VIR_ERR_NO_CONNECT)
            return self.connections()

        self.monitors = monitors.Monitors(connect, monitors_base.TIMEOUT)
        self.monitors._idle.append(monitors._Line(Dead()))
        for _ in range(2):
            self.assert_raises_no_connect(self.uuids[0])
        away = False
        for _ in range(2):
            used = self.ask(self.uuids[0], get_connection)
            self.assertIs(self.connections.opened[0], used)

    def test_questions_fail_while_libvirtd_is_not_running(self) -> None:
        def connect() -> Any:
            raise libvirt_error(libvirt.VIR_ERR_NO_CONNECT)

        self.monitors = monitors.Monitors(connect, monitors_base.TIMEOUT)
        for _ in range(monitors.LIMIT + 2):
            self.assert_raises_no_connect(self.uuids[0])
