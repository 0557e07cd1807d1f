# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


@pytest.fixture
def guest(connection: Any) -> Any:
    """A running guest of libvirt's test driver, which has hardly any bulk statistics."""
    return nova_guest.Guest(support.define_guest(connection))


def quick(connection: Any, guest: Any) -> dict[str, Any]:
    return statistics.StatisticsReader(lambda: connection).quick(guest)


def slow(connection: Any, guest: Any) -> dict[str, Any]:
    return statistics.StatisticsReader.slow(connection, guest._domain)


BOTH = pytest.mark.parametrize('read', [quick, slow])

Read = Callable[[Any, Any], dict[str, Any]]


class TestBulk:
    @pytest.mark.parametrize(('read', 'groups'), [
        (quick, libvirt.VIR_DOMAIN_STATS_STATE | libvirt.VIR_DOMAIN_STATS_INTERFACE),
        (slow, libvirt.VIR_DOMAIN_STATS_BALLOON | libvirt.VIR_DOMAIN_STATS_BLOCK)])
    def test_one_call_gives_all_of_a_kind_about_this_guest_alone(
            self, read: Read, groups: int, guest: Any) -> None:
        bulk = Bulk({'state.state': 1, 'net.count': 0})
        assert read(bulk, guest) == {'state.state': 1, 'net.count': 0}
        assert bulk.asked == [([guest._domain], groups, 0)]

    @BOTH
    def test_libvirt_gets_its_own_object_and_no_proxy_of_it(
            self, read: Read, guest: Any) -> None:
        class Proxy:
            _obj = guest._domain

        bulk = Bulk({'state.state': 1})
        read(bulk, nova_guest.Guest(Proxy()))
        assert bulk.asked[0][0] == [guest._domain]

    @pytest.mark.parametrize('code', [libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_OPERATION_FAILED])
    @BOTH
    def test_an_error_is_handed_on(self, read: Read, code: int, guest: Any) -> None:
        with pytest.raises(libvirt.libvirtError) as caught:
            read(Bulk(support.libvirt_error(code)), guest)
        assert caught.value.get_error_code() == code


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

    def test_an_empty_bulk_answer_is_none(self, guest: Any, connection: Any) -> None:
        assert connection.domainListGetStats(
            [guest._domain], libvirt.VIR_DOMAIN_STATS_BALLOON, 0)[0][1] == {}
        assert slow(connection, guest)['balloon.current'] == 131072

    def test_a_guest_that_does_not_run_has_its_state_and_its_devices_names(
            self, connection: Any) -> None:
        off = nova_guest.Guest(support.define_guest(connection, running=False))
        answer = quick(Bulk(WITHOUT_BULK), off)
        assert answer['state.state'] == libvirt.VIR_DOMAIN_SHUTOFF
        assert statistics.devices(answer, 'net') == {'tap1': {'name': 'tap1'}}
        assert statistics.devices(slow(Bulk(WITHOUT_BULK), off), 'block').keys() == {
            'vda', 'hda'}

    def test_a_guest_that_is_gone_is_an_error(self, guest: Any) -> None:
        guest._domain.destroy()
        guest._domain.undefine()
        with pytest.raises(libvirt.libvirtError) as caught:
            quick(Bulk(WITHOUT_BULK), guest)
        assert caught.value.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN

    def test_minus_one_is_left_out(self, guest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            guest._domain, 'blockStats', lambda disk: [1, 512, -1, 0, -1], raising=False)
        answer = statistics.devices(slow(Bulk(WITHOUT_BULK), guest), 'block')
        assert answer['vda'] == {'name': 'vda', 'rd.reqs': 1, 'rd.bytes': 512, 'wr.bytes': 0}


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
            'state.state': 1, 'block.count': 2, 'block.0.name': 'vda', 'block.0.rd.bytes': 1,
            'block.1.name': 'vdb', 'block.1.rd.bytes': 2, 'block.10.name': 'vdk',
            'block.10.fl.times': 3, 'net.0.name': 'tap1', 'net.0.rx.bytes': 4}
        assert statistics.devices(answer, 'block') == {
            'vda': {'name': 'vda', 'rd.bytes': 1}, 'vdb': {'name': 'vdb', 'rd.bytes': 2},
            'vdk': {'name': 'vdk', 'fl.times': 3}}
        assert statistics.devices(answer, 'net') == {'tap1': {'name': 'tap1', 'rx.bytes': 4}}

    def test_a_device_without_a_name_is_left_out(self) -> None:
        assert statistics.devices({'net.0.rx.bytes': 4}, 'net') == {}

    def test_nothing_gives_nothing(self) -> None:
        assert statistics.devices({}, 'block') == {}
