# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Optional

import libvirt
import pytest
from nova.virt.libvirt import guest as nova_guest

from nova_ext.virt.libvirt import statistics
from tests.unit import support


class Bulk:
    """A connection with bulk statistics as QEMU's driver gives them."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome
        self.asked: list[tuple[Any, int, int]] = []

    def domainListGetStats(  # noqa: N802
            self, domains: list[Any], groups: int, flags: int) -> Any:
        self.asked.append((domains, groups, flags))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return [(domains[0], self.outcome)]


WITHOUT_BULK = support.libvirt_error(libvirt.VIR_ERR_NO_SUPPORT)

DISKS = ('vda', 'hda')


@pytest.fixture
def guest(connection: Any) -> Any:
    """A running guest of libvirt's test driver, which has hardly any bulk statistics."""
    return nova_guest.Guest(support.define_guest(connection))


@pytest.fixture
def singles(guest: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The single calls that were made about the guest, and of what."""
    made: list[tuple[Any, ...]] = []

    def noted(name: str) -> Callable[..., Any]:
        real = getattr(guest._domain, name)

        @functools.wraps(real)
        def call(*arguments: Any) -> Any:
            made.append((name, *arguments))
            return real(*arguments)

        return call

    for name in ('state', 'interfaceStats', 'memoryStats', 'blockStats'):
        monkeypatch.setattr(guest._domain, name, noted(name), raising=False)
    return made


def quick(connection: Any, guest: Any) -> dict[str, Any]:
    """``statistics.quick`` with the guest on another connection."""
    guest._domain.connect = lambda: connection
    return statistics.quick(guest)


def slow(connection: Any, guest: Any) -> dict[str, Any]:
    """``statistics.slow`` of everything."""
    return statistics.slow(connection, guest._domain, DISKS, balloon=True)


def counters(answer: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The counters of each device, without its name should that be among them."""
    return {device: {name: value for name, value in each.items() if name != 'name'}
            for device, each in statistics.devices(answer, kind).items()}


BOTH = pytest.mark.parametrize('read', [quick, slow])

Read = Callable[[Any, Any], dict[str, Any]]

#: Complete answers, as far as it matters for what else is asked.
QUICK = {'state.state': 1, 'state.reason': 1, 'net.count': 0}
SLOW = {'balloon.current': 131072, 'block.count': 2}


class TestBulk:
    @pytest.mark.parametrize(('read', 'groups', 'found'), [
        (quick, libvirt.VIR_DOMAIN_STATS_STATE | libvirt.VIR_DOMAIN_STATS_INTERFACE, QUICK),
        (slow, libvirt.VIR_DOMAIN_STATS_BALLOON | libvirt.VIR_DOMAIN_STATS_BLOCK, SLOW)])
    def test_one_call_gives_all_of_a_kind_about_this_guest_alone(
            self, read: Read, groups: int, found: dict[str, Any], guest: Any,
            singles: list[tuple[Any, ...]]) -> None:
        bulk = Bulk(found)
        assert read(bulk, guest) == found
        assert bulk.asked == [([guest._domain], groups, 0)]
        assert singles == []

    @BOTH
    def test_libvirt_gets_its_own_object_and_no_proxy_of_it(
            self, read: Read, guest: Any) -> None:
        class Proxy:
            _obj = guest._domain

        bulk = Bulk({**QUICK, **SLOW})
        read(bulk, nova_guest.Guest(Proxy()))
        assert bulk.asked[0][0] == [guest._domain]

    @pytest.mark.parametrize('code', [libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_OPERATION_FAILED])
    @BOTH
    def test_an_error_is_handed_on(self, read: Read, code: int, guest: Any) -> None:
        with pytest.raises(libvirt.libvirtError) as caught:
            read(Bulk(support.libvirt_error(code)), guest)
        assert caught.value.get_error_code() == code


class TestWhatIsAskedOfQemu:
    """No more than is wanted, and of one disk by the call that asks less."""

    balloon = libvirt.VIR_DOMAIN_STATS_BALLOON
    block = libvirt.VIR_DOMAIN_STATS_BLOCK

    @pytest.mark.parametrize(('disks', 'wanted', 'groups', 'calls'), [
        ((), False, [], []),
        ((), True, [balloon], []),
        (('hda',), False, [], [('blockStats', 'hda')]),
        (('hda',), True, [balloon], [('blockStats', 'hda')]),
        (DISKS, False, [block], []),
        (DISKS, True, [balloon | block], []),
    ])
    def test_one_disk_by_a_single_call_and_several_by_bulk(
            self, disks: tuple[str, ...], wanted: bool, groups: list[int],
            calls: list[tuple[Any, ...]], guest: Any, singles: list[tuple[Any, ...]]) -> None:
        given = {'balloon.current': 131072} if wanted else {}
        if len(disks) > 1:
            given.update({'block.count': 2, 'block.0.name': 'vda', 'block.1.name': 'hda'})  # type: ignore[dict-item]
        bulk = Bulk(given)
        answer = statistics.slow(bulk, guest._domain, disks, balloon=wanted)
        assert bulk.asked == [([guest._domain], each, 0) for each in groups]
        assert singles == calls
        assert ('balloon.current' in answer) is wanted
        assert statistics.devices(answer, 'block').keys() == set(disks)

    def test_one_disk_has_the_same_names_as_several(self, guest: Any) -> None:
        answer = statistics.slow(Bulk({}), guest._domain, ('vda',), balloon=False)
        assert answer['block.0.name'] == 'vda'
        assert answer.keys() >= {
            f'block.0.{counter}' for counter in ('rd.reqs', 'rd.bytes', 'wr.reqs', 'wr.bytes')}


class TestGroupsThatBulkLeavesOut:
    """What is there is kept, and nothing is asked twice."""

    def test_the_network(self, guest: Any, singles: list[tuple[Any, ...]]) -> None:
        answer = quick(Bulk({'state.state': 3, 'state.reason': 7}), guest)
        assert (answer['state.state'], answer['state.reason']) == (3, 7)
        assert statistics.devices(answer, 'net')['tap1']['rx.bytes'] >= 0
        assert singles == [('interfaceStats', 'tap1')]

    def test_the_state(self, guest: Any, singles: list[tuple[Any, ...]]) -> None:
        answer = quick(Bulk({'net.count': 1, 'net.0.name': 'tap7'}), guest)
        assert answer['state.state'] == libvirt.VIR_DOMAIN_RUNNING
        assert isinstance(answer['state.reason'], int)
        assert counters(answer, 'net') == {'tap7': {}}
        assert singles == [('state',)]

    def test_disks(self, guest: Any, singles: list[tuple[Any, ...]]) -> None:
        answer = slow(Bulk({'balloon.current': 7}), guest)
        assert answer['balloon.current'] == 7
        assert statistics.devices(answer, 'block').keys() == {'vda', 'hda'}
        assert singles == [('blockStats', 'vda'), ('blockStats', 'hda')]

    def test_the_balloon(self, guest: Any, singles: list[tuple[Any, ...]]) -> None:
        answer = slow(Bulk({'block.count': 1, 'block.0.name': 'vdz'}), guest)
        assert answer['balloon.current'] == 131072
        assert counters(answer, 'block') == {'vdz': {}}
        assert singles == [('memoryStats',)]

    def test_the_real_test_driver_leaves_out_all_but_the_state(
            self, guest: Any, singles: list[tuple[Any, ...]]) -> None:
        assert statistics.devices(statistics.quick(guest), 'net').keys() == {'tap1'}
        answer = slow(guest._domain.connect(), guest)
        assert answer['balloon.current'] == 131072
        assert statistics.devices(answer, 'block').keys() == {'vda', 'hda'}
        assert singles == [
            ('interfaceStats', 'tap1'), ('memoryStats',),
            ('blockStats', 'vda'), ('blockStats', 'hda')]

    def test_the_network_of_a_guest_that_does_not_run_is_not_asked_for(
            self, guest: Any, singles: list[tuple[Any, ...]]) -> None:
        found = {'state.state': libvirt.VIR_DOMAIN_SHUTOFF, 'state.reason': 1}
        assert quick(Bulk(found), guest) == found
        assert singles == []


class TestSingleCalls:
    """Against a real libvirt: the single calls of its test driver."""

    def test_state_and_network_have_the_names_of_the_bulk_statistics(self, guest: Any) -> None:
        answer = quick(Bulk(WITHOUT_BULK), guest)
        assert answer.pop('state.state') == libvirt.VIR_DOMAIN_RUNNING
        assert isinstance(answer.pop('state.reason'), int)
        assert answer.pop('net.0.name') == 'tap1'
        assert answer.keys() == {
            f'net.0.{way}.{counter}' for way in ('rx', 'tx')
            for counter in ('bytes', 'pkts', 'errs', 'drop')}
        assert all(value >= 0 for value in answer.values())

    def test_memory_and_disks_have_the_names_of_the_bulk_statistics(self, guest: Any) -> None:
        answer = slow(Bulk(WITHOUT_BULK), guest)
        assert answer['balloon.current'] == 131072
        assert answer['balloon.last-update'] > 0
        assert {'balloon.available', 'balloon.unused', 'balloon.usable'} <= answer.keys()
        assert answer['block.0.name'] == 'vda'
        assert answer['block.1.name'] == 'hda'
        assert {'block.0.rd.reqs', 'block.0.rd.bytes', 'block.0.wr.reqs', 'block.0.wr.bytes'} <= (
            answer.keys())

    def test_a_nic_without_a_device_is_not_asked_for(
            self, guest: Any, singles: list[tuple[Any, ...]],
            monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(guest._domain, 'XMLDesc', lambda flags: (
            "<domain><devices><interface type='hostdev'/>"
            "<interface><target dev='tap1'/></interface></devices></domain>"), raising=False)
        assert counters(quick(Bulk(WITHOUT_BULK), guest), 'net').keys() == {'tap1'}
        assert singles == [('state',), ('interfaceStats', 'tap1')]

    def test_one_device_that_fails_does_not_cost_the_others_theirs(
            self, guest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        real = guest._domain.blockStats

        def block_stats(disk: str) -> Any:
            if disk == 'vda':
                raise support.libvirt_error(libvirt.VIR_ERR_OPERATION_FAILED)
            return real(disk)

        monkeypatch.setattr(guest._domain, 'blockStats', block_stats, raising=False)
        answer = counters(slow(Bulk(WITHOUT_BULK), guest), 'block')
        assert answer['vda'] == {}
        assert answer['hda']['rd.bytes'] >= 0

    def test_a_guest_that_does_not_run_has_its_state_and_its_disks_names(
            self, connection: Any) -> None:
        off = nova_guest.Guest(support.define_guest(connection, running=False))
        answer = quick(Bulk(WITHOUT_BULK), off)
        assert answer.keys() == {'state.state', 'state.reason'}
        assert answer['state.state'] == libvirt.VIR_DOMAIN_SHUTOFF
        assert slow(Bulk(WITHOUT_BULK), off) == {'block.0.name': 'vda', 'block.1.name': 'hda'}

    @pytest.mark.parametrize('bulk', [Bulk(WITHOUT_BULK), None])
    def test_a_guest_that_is_gone_is_an_error(self, bulk: Optional[Bulk], guest: Any) -> None:
        guest._domain.destroy()
        guest._domain.undefine()
        with pytest.raises(libvirt.libvirtError) as caught:
            quick(bulk or guest._domain.connect(), guest)
        assert caught.value.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN

    def test_a_guest_that_bulk_does_not_know_any_more_is_an_error(self, guest: Any) -> None:
        class Empty:
            def domainListGetStats(self, *arguments: Any) -> list[Any]:  # noqa: N802
                return []

        guest._domain.destroy()
        guest._domain.undefine()
        with pytest.raises(libvirt.libvirtError):
            quick(Empty(), guest)

    def test_minus_one_is_left_out(self, guest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            guest._domain, 'blockStats', lambda disk: [1, 512, -1, 0, -1], raising=False)
        answer = counters(slow(Bulk(WITHOUT_BULK), guest), 'block')
        assert answer['vda'] == {'rd.reqs': 1, 'rd.bytes': 512, 'wr.bytes': 0}


class TestCpuTimes:
    def test_a_running_guest_has_one_for_each_vcpu(self, guest: Any) -> None:
        times = statistics.cpu_times(guest)
        assert times.keys() == {0, 1}
        assert all(spent >= 0 for spent in times.values())

    def test_a_guest_that_does_not_run_has_none(self, connection: Any) -> None:
        off = nova_guest.Guest(support.define_guest(connection, running=False))
        assert statistics.cpu_times(off) == {}

    @pytest.mark.parametrize(('code', 'logged'), [
        (libvirt.VIR_ERR_NO_SUPPORT, False), (libvirt.VIR_ERR_OPERATION_INVALID, False),
        (libvirt.VIR_ERR_INTERNAL_ERROR, True)])
    def test_an_error_gives_none_and_is_logged_when_it_is_a_surprise(
            self, code: int, logged: bool, guest: Any, monkeypatch: pytest.MonkeyPatch,
            caplog: pytest.LogCaptureFixture) -> None:
        def fail() -> None:
            raise support.libvirt_error(code)

        monkeypatch.setattr(guest._domain, 'vcpus', fail, raising=False)
        assert statistics.cpu_times(guest) == {}
        assert ('CPU times are unknown' in caplog.text) is logged


class TestDevices:
    def test_counters_are_sorted_by_the_devices_names(self) -> None:
        answer = {
            'state.state': 1, 'block.count': 11, 'net.count': 1,
            **{f'block.{number}.name': f'vd{letter}'
               for number, letter in enumerate('abcdefghijk')},
            'block.0.rd.bytes': 1, 'block.1.rd.bytes': 2, 'block.10.wr.reqs': 3,
            'net.0.name': 'tap1', 'net.0.rx.bytes': 4, 'net.0.tx.drop': 5}
        assert {device: found for device, found in counters(answer, 'block').items() if found} == {
            'vda': {'rd.bytes': 1}, 'vdb': {'rd.bytes': 2}, 'vdk': {'wr.reqs': 3}}
        assert list(counters(answer, 'block')) == [f'vd{letter}' for letter in 'abcdefghijk']
        assert counters(answer, 'net') == {'tap1': {'rx.bytes': 4, 'tx.drop': 5}}

    def test_a_nic_without_a_device_leaves_a_gap_in_libvirts_numbers(self) -> None:
        assert counters({
            'net.count': 4, 'net.1.name': 'tap1', 'net.1.rx.bytes': 4,
            'net.3.name': 'tap3', 'net.3.tx.bytes': 5}, 'net') == {
                'tap1': {'rx.bytes': 4}, 'tap3': {'tx.bytes': 5}}

    def test_a_device_without_a_name_is_left_out(self) -> None:
        assert statistics.devices({'net.0.rx.bytes': 4}, 'net') == {}

    def test_nothing_gives_nothing(self) -> None:
        assert statistics.devices({}, 'block') == {}
