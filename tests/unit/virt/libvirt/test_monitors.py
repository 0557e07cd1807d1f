# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import libvirt
import pytest

from nova_ext import exception
from nova_ext.virt.libvirt import monitors
from tests.unit import support

T = TypeVar('T')


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


def ask(asker: monitors.Monitors, uuid: str, question: Callable[[Any, Any], T]) -> T:
    """Ask and wait for the answer."""
    return asker.ask(uuid, question).result()


def used(connection: Any, domain: Any) -> Any:
    """A question that tells which connection it was asked on."""
    return connection


def test_a_question_gets_the_guest_on_a_connection_of_its_own(
        connection: Any, connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    own, domain = ask(asker, uuids[1], lambda *arguments: arguments)
    assert own is connections.opened[0] is not connection
    assert domain.UUIDString() == uuids[1]
    assert domain.connect() is own


def test_asking_waits_for_nothing(connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    entered, release = threading.Event(), threading.Event()

    def question(connection: Any, domain: Any) -> bool:
        entered.set()
        return release.wait(5)

    asked = asker.ask(uuids[0], question)
    assert entered.wait(5)
    release.set()
    assert asked.result() is True


def test_no_connection_is_opened_before_there_is_a_question(connections: Connections) -> None:
    monitors.Monitors(connections, 5)
    assert connections.opened == []


def test_one_question_after_another_needs_one_connection(
        connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    assert {ask(asker, uuid, used) for uuid in uuids * 3} == set(connections.opened)
    assert len(connections.opened) == 1


def test_questions_at_the_same_time_share_none(
        connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    ask(asker, uuids[0], used)
    together = threading.Barrier(3, timeout=5)
    seen: list[Any] = []

    def question(connection: Any, domain: Any) -> None:
        seen.append(connection)
        together.wait()

    threads = [threading.Thread(target=ask, args=(asker, uuid, question)) for uuid in uuids]
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
            ask(asker, uuids[0], lambda connection, domain: release.wait(10))
        stuck, = connections.opened
        assert ask(asker, uuids[1], used) is not stuck
        assert ask(asker, uuids[2], used) is not stuck
        assert len(connections.opened) == 2
    finally:
        release.set()


def test_an_error_about_the_guest_is_handed_on_and_the_connection_kept(
        connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    with pytest.raises(libvirt.libvirtError) as caught:
        ask(asker, '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1', used)
    assert caught.value.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN
    assert ask(asker, uuids[0], used) is connections.opened[0]


class Dead:
    """A connection to a libvirtd that has been restarted, and a domain on it."""

    def lookupByUUIDString(self, uuid: str) -> Any:  # noqa: N802
        raise support.libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)

    def isAlive(self) -> int:  # noqa: N802
        return 0

    def UUIDString(self) -> str:  # noqa: N802
        raise support.libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)

    def connect(self) -> Dead:
        return self


@pytest.mark.parametrize('remembered', [False, True])
def test_after_a_restart_of_libvirtd_the_question_is_asked_again(
        remembered: bool, connections: Connections, uuids: list[str]) -> None:
    asker = monitors.Monitors(connections, 5)
    dead = monitors._Line(Dead())
    if remembered:
        dead._domains = {uuid: dead.connection for uuid in uuids}
    asker._idle.append(dead)

    def question(connection: Any, domain: Any) -> Any:
        return domain.UUIDString(), connection, domain.connect()

    for uuid in uuids:
        answer = ask(asker, uuid, question)
        fresh, = connections.opened
        assert answer == (uuid, fresh, fresh)
    line, = asker._idle
    assert line.connection is fresh


def test_a_connection_that_died_is_replaced_once_libvirtd_is_back(
        connections: Connections, uuids: list[str]) -> None:
    away = True

    def connect() -> Any:
        if away:
            raise support.libvirt_error(libvirt.VIR_ERR_NO_CONNECT)
        return connections()

    asker = monitors.Monitors(connect, 5)
    asker._idle.append(monitors._Line(Dead()))
    for _ in range(2):
        with pytest.raises(libvirt.libvirtError) as caught:
            ask(asker, uuids[0], used)
        assert caught.value.get_error_code() == libvirt.VIR_ERR_NO_CONNECT
    away = False
    assert ask(asker, uuids[0], used) is connections.opened[0]
    assert ask(asker, uuids[0], used) is connections.opened[0]


def test_while_libvirtd_is_away_the_error_is_handed_on(uuids: list[str]) -> None:
    def connect() -> Any:
        raise support.libvirt_error(libvirt.VIR_ERR_NO_CONNECT)

    asker = monitors.Monitors(connect, 5)
    for _ in range(monitors.LIMIT + 2):
        with pytest.raises(libvirt.libvirtError):
            ask(asker, uuids[0], used)


def test_guests_that_hang_never_hold_more_connections_than_the_limit(
        connection: Any, connections: Connections) -> None:
    asker = monitors.Monitors(connections, 0.1)
    release = threading.Event()
    refused: list[Exception] = []

    def try_to_ask(uuid: str) -> None:
        try:
            ask(asker, uuid, lambda connection, domain: release.wait(10))
        except exception.GuestNotResponding as error:
            refused.append(error)

    uuids = [support.define_guest(connection).UUIDString() for _ in range(monitors.LIMIT + 3)]
    threads = [threading.Thread(target=try_to_ask, args=(uuid,)) for uuid in uuids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    release.set()
    assert len(refused) == len(uuids)
    assert len(connections.opened) == monitors.LIMIT


def given(connection: Any, domain: Any) -> Any:
    """A question that tells which domain it was given, one on its own connection."""
    assert domain.connect() is connection
    return domain


class TestDomains:
    """Each connection looks a guest up once, and for itself."""

    def test_the_next_question_about_a_guest_saves_the_look_up(
            self, connections: Connections, uuids: list[str],
            monkeypatch: pytest.MonkeyPatch) -> None:
        asker = monitors.Monitors(connections, 5)
        domains = [ask(asker, uuid, given) for uuid in uuids]
        assert [domain.UUIDString() for domain in domains] == uuids
        monkeypatch.delattr(libvirt.virConnect, 'lookupByUUIDString')
        assert all(ask(asker, uuid, given) is domain for uuid, domain in zip(uuids, domains))

    def test_no_connection_is_given_another_ones(
            self, connections: Connections, uuids: list[str]) -> None:
        asker = monitors.Monitors(connections, 5)
        first = ask(asker, uuids[0], given)
        entered, release = threading.Event(), threading.Event()

        def occupy(connection: Any, domain: Any) -> Any:
            entered.set()
            assert release.wait(5)
            return given(connection, domain)

        other = asker.ask(uuids[1], occupy)
        assert entered.wait(5)
        second = ask(asker, uuids[0], given)
        release.set()
        assert connections.opened == [first.connect(), second.connect()]
        assert other.result().connect() is first.connect()

    def test_a_guest_that_is_defined_anew_is_still_the_one_asked(
            self, connection: Any, connections: Connections, uuids: list[str]) -> None:
        asker = monitors.Monitors(connections, 5)

        def memory(connection: Any, domain: Any) -> Any:
            return domain.maxMemory()

        assert ask(asker, uuids[0], memory) == 131072
        domain = connection.lookupByUUIDString(uuids[0])
        xml = domain.XMLDesc(0).replace('131072', '262144').replace(domain.name(), 'renamed')
        domain.destroy()
        domain.undefine()
        with pytest.raises(libvirt.libvirtError):
            ask(asker, uuids[0], memory)
        connection.createXML(xml)
        assert ask(asker, uuids[0], memory) == 262144

    def test_a_guest_that_was_not_there_is_looked_up_again(
            self, connection: Any, connections: Connections) -> None:
        asker = monitors.Monitors(connections, 5)
        uuid = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'
        with pytest.raises(libvirt.libvirtError):
            ask(asker, uuid, given)
        domain = connection.createXML(support.DOMAIN.format(name='late', uuid=uuid))
        try:
            assert ask(asker, uuid, given).UUIDString() == uuid
        finally:
            domain.destroy()

    def test_they_do_not_pile_up(
            self, connections: Connections, uuids: list[str],
            monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(monitors, '_REMEMBERED', 2)
        asker = monitors.Monitors(connections, 5)
        for uuid in uuids * 2:
            assert ask(asker, uuid, given).UUIDString() == uuid
            assert len(asker._idle[0]._domains) <= 2
