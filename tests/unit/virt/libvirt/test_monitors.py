# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import threading
from typing import Any

import libvirt
import pytest

from nova_ext import exception
from nova_ext.virt.libvirt import monitors
from tests.unit import support


class Connections:
    """Opens connections to libvirt's test driver and keeps them."""

    def __init__(self) -> None:
        self.opened: list[Any] = []

    def __call__(self) -> Any:
        connection = libvirt.open('test:///default')
        self.opened.append(connection)
        return connection


@pytest.fixture
def connections() -> Connections:
    return Connections()


@pytest.fixture
def uuids(connection: Any) -> list[str]:
    """A few guests."""
    return [support.define_guest(connection).UUIDString() for _ in range(3)]


def used(connection: Any, domain: Any) -> Any:
    """A question that tells which connection it was asked on."""
    return connection


def test_a_question_gets_the_guest_on_a_connection_of_its_own(
        connection: Any, connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    own, domain = asker.ask(uuids[1], lambda *arguments: arguments)
    assert own is connections.opened[0] is not connection
    assert domain.UUIDString() == uuids[1]
    assert domain.connect() is own


def test_no_connection_is_opened_before_there_is_a_question(connections: Connections) -> None:
    monitors.Monitors(connections, 5)
    assert connections.opened == []


def test_one_question_after_another_needs_one_connection(
        connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    assert {asker.ask(uuid, used) for uuid in uuids * 3} == set(connections.opened)
    assert len(connections.opened) == 1


def test_questions_at_the_same_time_share_none(
        connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    asker.ask(uuids[0], used)
    together = threading.Barrier(3, timeout=5)
    seen: list[Any] = []

    def question(connection: Any, domain: Any) -> None:
        seen.append(connection)
        together.wait()

    threads = [threading.Thread(target=asker.ask, args=(uuid, question)) for uuid in uuids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(set(seen)) == len(connections.opened) == 3


def test_a_question_that_hangs_keeps_its_connection_to_itself(
        connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 0.1)
    release = threading.Event()
    try:
        with pytest.raises(exception.GuestNotResponding):
            asker.ask(uuids[0], lambda connection, domain: release.wait(10))
        stuck, = connections.opened
        assert asker.ask(uuids[1], used) is not stuck
        assert asker.ask(uuids[2], used) is not stuck
        assert len(connections.opened) == 2
    finally:
        release.set()


def test_an_error_about_the_guest_is_handed_on_and_the_connection_kept(
        connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    with pytest.raises(libvirt.libvirtError) as caught:
        asker.ask('0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1', used)
    assert caught.value.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN
    assert asker.ask(uuids[0], used) is connections.opened[0]


class Dead:
    """A connection to a libvirtd that has been restarted."""

    def lookupByUUIDString(self, uuid: str) -> Any:  # noqa: N802
        raise support.libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)

    def isAlive(self) -> int:  # noqa: N802
        return 0


def test_after_a_restart_of_libvirtd_the_question_is_asked_again(
        connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    asker._idle.append(Dead())
    fresh = asker.ask(uuids[0], used)
    assert fresh is connections.opened[0]
    assert asker.ask(uuids[1], used) is fresh


def test_while_libvirtd_is_away_the_error_is_handed_on(uuids: list[str]) -> None:
    def connect() -> Any:
        raise support.libvirt_error(libvirt.VIR_ERR_NO_CONNECT)

    asker = monitors.Monitors(connect, 5)
    for _ in range(monitors.LIMIT + 2):
        with pytest.raises(libvirt.libvirtError):
            asker.ask(uuids[0], used)


def test_guests_that_hang_never_hold_more_connections_than_the_limit(
        connection: Any, connections: Connections) -> None:
    asker = monitors.Monitors(connections, 0.1)
    release = threading.Event()
    refused: list[Exception] = []

    def ask(uuid: str) -> None:
        try:
            asker.ask(uuid, lambda connection, domain: release.wait(10))
        except exception.GuestNotResponding as error:
            refused.append(error)

    uuids = [support.define_guest(connection).UUIDString() for _ in range(monitors.LIMIT + 3)]
    threads = [threading.Thread(target=ask, args=(uuid,)) for uuid in uuids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    release.set()
    assert len(refused) == len(uuids)
    assert len(connections.opened) == monitors.LIMIT
