# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import libvirt
import pytest
from nova.virt.libvirt import guest as nova_guest

from nova_ext import exception
from nova_ext.virt.libvirt import bounded, legacy, monitors, statistics
from tests.unit import support


class Silent(monitors.Monitors):
    """No guest answers, or none can even be asked."""

    def __init__(self, asked: bool) -> None:
        super().__init__(lambda: None, 1)
        self.asked = asked

    def ask(self, uuid: str, question: Any) -> bounded.Call[Any]:
        if self.asked:
            return bounded.Call(0)
        raise exception.GuestNotResponding('no answer')


QUICK = {
    'tap1_rx': 1, 'tap1_rx_packets': 2, 'tap1_rx_errors': 3, 'tap1_rx_drop': 4,
    'tap1_tx': 5, 'tap1_tx_packets': 6, 'tap1_tx_errors': 7, 'tap1_tx_drop': 8,
    'tap2_rx': 9}


@pytest.fixture
def nics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixed network counters."""
    monkeypatch.setattr(statistics, 'quick', lambda guest: {
        'state.state': 1, 'net.count': 2,
        'net.0.name': 'tap1', 'net.0.rx.bytes': 1, 'net.0.rx.pkts': 2, 'net.0.rx.errs': 3,
        'net.0.rx.drop': 4, 'net.0.tx.bytes': 5, 'net.0.tx.pkts': 6, 'net.0.tx.errs': 7,
        'net.0.tx.drop': 8,
        'net.1.name': 'tap2', 'net.1.rx.bytes': 9})


@pytest.fixture
def guest(connection: Any) -> Any:
    return nova_guest.Guest(support.define_guest(connection))


def test_a_guest_that_answers_has_the_entries_of_novas_driver_in_its_order(
        guest: Any, nics: None) -> None:
    entries, problem = legacy.collect(
        guest, monitors.Monitors(lambda: libvirt.open('test:///default'), 5))
    assert problem is None
    disk = ['read_req', 'read', 'write_req', 'write', 'errors']
    assert list(entries)[:22] == [
        'cpu0_time', 'cpu1_time', *(f'vda_{name}' for name in disk),
        *(f'hda_{name}' for name in disk), *QUICK, 'memory']
    assert {name: entries[name] for name in QUICK} == QUICK
    assert entries['memory'] == 131072
    assert {name: value for name, value in entries.items() if name.startswith('memory-')} == {
        f'memory-{name}': value for name, value in guest._domain.memoryStats().items()}


@pytest.mark.parametrize('asked', [True, False])
def test_a_guest_that_hangs_has_those_that_need_no_answer_and_the_reason(
        asked: bool, guest: Any, nics: None) -> None:
    entries, problem = legacy.collect(guest, Silent(asked))
    assert isinstance(problem, exception.GuestNotResponding)
    assert 'no answer' in str(problem)
    assert list(entries) == ['cpu0_time', 'cpu1_time', *QUICK, 'memory']


def test_a_guest_that_does_not_run_has_those_that_there_are(
        connection: Any, nics: None) -> None:
    off = nova_guest.Guest(support.define_guest(connection, running=False))
    entries, problem = legacy.collect(
        off, monitors.Monitors(lambda: libvirt.open('test:///default'), 5))
    assert problem is None
    assert list(entries) == [*QUICK, 'memory']


def test_where_no_other_connection_can_be_opened_the_rest_is_answered(
        guest: Any, nics: None) -> None:
    def connect() -> Any:
        raise support.libvirt_error(libvirt.VIR_ERR_RPC)

    entries, problem = legacy.collect(guest, monitors.Monitors(connect, 5))
    assert isinstance(problem, libvirt.libvirtError)
    assert list(entries) == ['cpu0_time', 'cpu1_time', *QUICK, 'memory']


def test_a_guest_that_is_gone_is_an_error(guest: Any) -> None:
    guest._domain.destroy()
    guest._domain.undefine()
    with pytest.raises(libvirt.libvirtError) as caught:
        legacy.collect(guest, Silent(asked=False))
    assert caught.value.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN
