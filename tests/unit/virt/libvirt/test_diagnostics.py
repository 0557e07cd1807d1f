# SPDX-License-Identifier: Apache-2.0
"""The collector over libvirt's own test driver, in every state that it can bring a guest to."""

from __future__ import annotations

import pathlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional

import libvirt
import pytest
from nova import exception as nova_exception
from nova.virt.libvirt import guest as nova_guest

from nova_ext.objects import diagnostics as objects
from nova_ext.virt.libvirt import diagnostics, sampler, started, statistics
from nova_ext.virt.libvirt.metadata import element
from tests.unit import support

#: An answer of which nothing is known, and a disk.
NOTHING = dict.fromkeys(objects.Diagnostics.fields)
NO_DISK = dict.fromkeys(objects.DiskDiagnostics.fields)


class Guests:
    """A host of libvirt's test driver with one guest, and the collector over it."""

    def __init__(self, connection: Any, conf: Any) -> None:
        self.domain = support.define_guest(connection)
        self.instance = support.instance(uuid=self.domain.UUIDString())
        self.host = support.Host(connection)
        self._conf = conf
        self.allow_monitors(5)

    def allow_monitors(self, seconds: float) -> None:
        """Begin anew, with a monitor allowed to take so long."""
        self._conf.set_override('libvirt_timeout', seconds, 'nova_ext')
        self.collector = diagnostics.Collector(self.host, self._conf)

    def collect(self) -> objects.Diagnostics:
        return self.collector.collect(self.instance)


@pytest.fixture
def guests(connection: Any, conf: Any, monkeypatch: pytest.MonkeyPatch) -> Guests:
    """The sampler's window is next to nothing; a monitor has time, as on a busy machine."""
    monkeypatch.setattr(sampler, 'SHORTEST_WINDOW', 0.02)
    return Guests(connection, conf)


class TestRunningGuest:
    def test_every_field_is_there(self, guests: Guests) -> None:
        answer = guests.collect()
        assert (answer.state, answer.driver, answer.hypervisor) == ('running', 'libvirt', 'test')
        assert answer.hypervisor_os
        assert (answer.num_cpus, answer.num_nics, answer.num_disks) == (2, 1, 2)
        assert answer.config_drive is True
        assert answer.memory_details.maximum == 128

    def test_every_vcpu_has_its_time_and_utilisation(self, guests: Guests) -> None:
        cpus = guests.collect().cpu_details
        assert [cpu.id for cpu in cpus] == [0, 1]
        for cpu in cpus:
            assert cpu.time >= 0
            assert 0 <= cpu.utilisation <= 100

    def test_every_disk_has_its_counters(self, guests: Guests) -> None:
        disks = guests.collect().disk_details
        assert len(disks) == 2
        for disk in disks:
            assert disk.read_bytes >= 0
            assert disk.write_requests >= 0

    def test_every_nic_has_its_counters_and_rates(
            self, guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
        sent = iter([1000, 3000])

        def quick(guest: Any) -> dict[str, Any]:
            return {'state.state': 1, 'state.reason': 1, 'net.0.name': 'tap1',
                    'net.0.rx.bytes': 7, 'net.0.tx.bytes': next(sent), 'net.0.tx.drop': 3}

        monkeypatch.setattr(statistics, 'quick', quick)
        nic, = guests.collect().nic_details
        assert nic.mac_address == 'fa:16:3e:00:00:01'
        assert (nic.rx_octets, nic.tx_octets, nic.tx_drop, nic.rx_errors) == (7, 3000, 3, None)
        assert nic.rx_rate == 0
        assert 0 < nic.tx_rate <= 2000 / 0.02

    def test_a_nic_without_counters_is_still_one(
            self, guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(statistics, 'quick', lambda guest: {
            'state.state': 1, 'state.reason': 1})
        answer = guests.collect()
        assert answer.num_nics == 1
        nic, = answer.nic_details
        assert support.values(nic) == {
            **dict.fromkeys(objects.NicDiagnostics.fields), 'mac_address': 'fa:16:3e:00:00:01'}

    def test_uptime_is_that_of_its_process(
            self, guests: Guests, tmp_path: pathlib.Path) -> None:
        (tmp_path / f'{guests.domain.name()}.pid').write_text('1')
        guests.collector.start_times = started.StartTimes(tmp_path)
        uptime = guests.collector.start_times.uptime(
            nova_guest.Guest(guests.domain), '<domain/>')
        assert uptime is not None
        assert guests.collect().uptime in (uptime, uptime + 1)

    def test_the_answer_can_be_sent(self, guests: Guests) -> None:
        answer = guests.collect()
        arrived = objects.Diagnostics.obj_from_primitive(answer.obj_to_primitive())
        assert support.values(arrived) == support.values(answer)


class TestStates:
    def test_paused(self, guests: Guests) -> None:
        guests.domain.suspend()
        answer = guests.collect()
        assert answer.state == 'paused'
        assert answer.cpu_details[0].time >= 0
        assert answer.memory_details.maximum == 128

    def test_shut_off(self, guests: Guests) -> None:
        guests.domain.destroy()
        answer = guests.collect()
        assert answer.state == 'shutdown'
        assert answer.uptime is None
        assert (answer.num_cpus, answer.num_nics, answer.num_disks) == (2, 1, 2)
        assert support.values(answer.cpu_details) == [
            {'id': number, 'time': None, 'utilisation': None} for number in (0, 1)]
        assert support.values(answer.disk_details) == [NO_DISK, NO_DISK]
        assert support.values(answer.memory_details) == {'maximum': 128, 'used': None}
        assert answer.config_drive is True
        assert answer.hypervisor == 'test'

    def test_a_shut_off_guest_is_waited_for_by_nobody(
            self, guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
        def wait(*arguments: Any) -> None:
            raise AssertionError('there is nothing to wait for')

        guests.domain.destroy()
        monkeypatch.setattr(guests.collector.monitors, 'ask', wait)
        monkeypatch.setattr(guests.collector.sampler, 'window', wait)
        assert guests.collect().state == 'shutdown'

    def test_saved_to_disk(self, guests: Guests) -> None:
        guests.domain.managedSave(0)
        answer = guests.collect()
        assert answer.state == 'suspended'
        assert answer.uptime is None

    def test_crashed(self, guests: Guests, tmp_path: pathlib.Path) -> None:
        guests.domain.coreDump(str(tmp_path / 'core'), libvirt.VIR_DUMP_CRASH)
        assert guests.domain.state() == [
            libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED]
        assert guests.collect().state == 'crashed'

    def test_not_defined(self, guests: Guests) -> None:
        guests.instance = support.instance()
        assert support.values(guests.collect()) == {
            **NOTHING, 'state': 'pending', 'driver': 'libvirt'}

    def test_undefined_while_it_is_looked_at(
            self, guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
        guest = guests.host.get_guest(guests.instance)
        monkeypatch.setattr(guests.host, 'get_guest', lambda instance: guest)
        guests.domain.destroy()
        guests.domain.undefine()
        assert support.values(guests.collect()) == {
            **NOTHING, 'state': 'pending', 'driver': 'libvirt'}

    @pytest.mark.parametrize(('state', 'reason', 'word'), [
        (libvirt.VIR_DOMAIN_NOSTATE, 0, 'pending'),
        (libvirt.VIR_DOMAIN_BLOCKED, 0, 'running'),
        (libvirt.VIR_DOMAIN_SHUTDOWN, 0, 'running'),
        (libvirt.VIR_DOMAIN_CRASHED, 0, 'crashed'),
        (libvirt.VIR_DOMAIN_PMSUSPENDED, 0, 'suspended'),
        (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_FAILED, 'crashed'),
        (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_DESTROYED, 'shutdown'),
        (99, 0, None),
    ])
    def test_every_state_of_libvirts_has_its_word(
            self, state: int, reason: int, word: str, guests: Guests) -> None:
        assert diagnostics._state(nova_guest.Guest(guests.domain), state, reason) == word

    def test_a_hypervisor_that_cannot_save_guests_has_none_saved(
            self, guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
        def no_support(flags: int) -> None:
            raise support.libvirt_error(libvirt.VIR_ERR_NO_SUPPORT)

        guests.domain.destroy()
        guest = guests.host.get_guest(guests.instance)
        monkeypatch.setattr(guest._domain, 'hasManagedSaveImage', no_support, raising=False)
        monkeypatch.setattr(guests.host, 'get_guest', lambda instance: guest)
        answer = guests.collect()
        assert (answer.state, answer.num_cpus) == ('shutdown', 2)


class TestErrors:
    @pytest.mark.parametrize('error', [
        support.libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR),
        nova_exception.InternalError('error from libvirt, as Nova words it')])
    def test_an_error_of_libvirts_gives_nulls_and_is_logged_with_the_instance(
            self, error: Exception, guests: Guests, monkeypatch: pytest.MonkeyPatch,
            caplog: pytest.LogCaptureFixture) -> None:
        def fail(instance: Any) -> None:
            raise error

        monkeypatch.setattr(guests.host, 'get_guest', fail)
        assert support.values(guests.collect()) == {**NOTHING, 'driver': 'libvirt'}
        assert 'Nothing can be said about the guest' in caplog.text
        assert guests.instance.uuid in caplog.text or any(
            getattr(record, 'instance', None) is not None for record in caplog.records)

    def test_an_error_of_the_monitor_leaves_the_rest(
            self, guests: Guests, monkeypatch: pytest.MonkeyPatch,
            caplog: pytest.LogCaptureFixture) -> None:
        def fail(*arguments: Any, **options: Any) -> None:
            raise support.libvirt_error(libvirt.VIR_ERR_OPERATION_FAILED)

        monkeypatch.setattr(statistics, 'slow', fail)
        answer = guests.collect()
        assert answer.state == 'running'
        assert answer.cpu_details[0].time >= 0
        assert support.values(answer.disk_details) == [NO_DISK, NO_DISK]
        assert support.values(answer.memory_details) == {'maximum': 128, 'used': None}
        assert caplog.text.count('Disks and memory use are unknown') == 1

    def test_a_hypervisor_that_cannot_be_reached_is_the_callers_business(
            self, guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(instance: Any) -> None:
            raise nova_exception.HypervisorUnavailable()

        monkeypatch.setattr(guests.host, 'get_guest', fail)
        with pytest.raises(nova_exception.HypervisorUnavailable):
            guests.collect()


@pytest.fixture
def hang(guests: Guests, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The guest's QEMU hangs until the event is set."""
    release = threading.Event()
    guests.allow_monitors(0.2)

    def slow(self: Any) -> list[int]:
        assert release.wait(10)
        return []

    with monkeypatch.context() as patch:
        for method in ('memoryStats', 'blockStats', 'setMetadata'):
            patch.setattr(libvirt.virDomain, method, lambda self, *_: slow(self))
        yield release
        release.set()


class TestGuestThatHangs:
    def test_it_is_answered_in_time_with_null_for_what_only_its_qemu_knows(
            self, guests: Guests, hang: threading.Event) -> None:
        began = time.monotonic()
        answer = guests.collect()
        assert 0.2 <= time.monotonic() - began < 1
        assert answer.state == 'running'
        assert answer.cpu_details[0].time >= 0
        assert answer.num_disks == 2
        assert support.values(answer.disk_details) == [NO_DISK, NO_DISK]
        assert support.values(answer.memory_details) == {'maximum': 128, 'used': None}

    def test_the_next_answer_does_not_wait_for_it(
            self, guests: Guests, hang: threading.Event) -> None:
        guests.collect()
        began = time.monotonic()
        assert guests.collect().state == 'running'
        assert time.monotonic() - began < 0.15

    def test_memory_in_use_is_null_though_a_report_is_kept(
            self, guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
        release = threading.Event()
        answering = Monitor()
        guests.allow_monitors(0.5)

        def hanging(*arguments: Any, **options: Any) -> dict[str, Any]:
            assert release.wait(10)
            return answering(*arguments, **options)

        monkeypatch.setattr(statistics, 'slow', answering)
        assert guests.collect().memory_details.used == 59
        try:
            monkeypatch.setattr(statistics, 'slow', hanging)
            for _ in range(2):  # waited for, and not waited for
                answer = guests.collect()
                assert answer.state == 'running'
                assert support.values(answer.disk_details) == [NO_DISK, NO_DISK]
                assert support.values(answer.memory_details) == {'maximum': 128, 'used': None}
        finally:
            release.set()
        assert support.eventually(lambda: guests.collect().memory_details.used == 59)
        assert answering.asked[:2] == [True, False]

    def test_each_answer_says_once_why_something_is_missing(
            self, guests: Guests, hang: threading.Event,
            caplog: pytest.LogCaptureFixture) -> None:
        for count in (1, 2):
            guests.collect()
            assert caplog.text.count('Disks and memory use are unknown') == count

    def test_unformatted_figures_leave_out_what_only_its_qemu_knows(
            self, guests: Guests, hang: threading.Event, caplog: pytest.LogCaptureFixture
    ) -> None:
        began = time.monotonic()
        entries = guests.collector.collect_legacy(guests.instance)
        assert 0.2 <= time.monotonic() - began < 1
        assert entries.keys() >= {'cpu0_time', 'cpu1_time', 'memory'}
        assert not any(name.startswith(('vda_', 'hda_', 'memory-')) for name in entries)
        assert 'Disks and memory use are unknown' in caplog.text

    def test_its_start_is_not_stamped_and_nobody_is_held_up(
            self, guests: Guests, hang: threading.Event, caplog: pytest.LogCaptureFixture
    ) -> None:
        guests.collect()
        guests.collector.stamp_start(guests.instance)
        assert 'could not be noted' in caplog.text


class TestLegacy:
    def test_a_guest_that_answers_has_every_figure(self, guests: Guests) -> None:
        entries = guests.collector.collect_legacy(guests.instance)
        assert entries['memory'] == 131072
        assert entries['memory-actual'] == 131072
        assert {'cpu0_time', 'vda_read_req', 'hda_errors', 'tap1_rx'} <= entries.keys()

    def test_a_guest_without_a_domain_is_not_found_as_by_nova(self, guests: Guests) -> None:
        with pytest.raises(nova_exception.InstanceNotFound):
            guests.collector.collect_legacy(support.instance())


class TestStampStart:
    def test_it_is_written_into_the_domain(
            self, guests: Guests, tmp_path: pathlib.Path) -> None:
        (tmp_path / f'{guests.domain.name()}.pid').write_text('1')
        guests.collector.start_times = started.StartTimes(tmp_path)
        guests.collector.stamp_start(guests.instance)
        assert 'started="' in guests.domain.metadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, element.NAMESPACE, 0)

    @pytest.mark.parametrize('break_it', [
        lambda guests: setattr(guests, 'instance', support.instance()),
        lambda guests: guests.domain.destroy(),
    ])
    def test_a_guest_without_a_domain_or_a_process_fails_nothing(
            self, break_it: Callable[[Guests], None], guests: Guests,
            tmp_path: pathlib.Path) -> None:
        (tmp_path / f'{guests.domain.name()}.pid').write_text('1')
        guests.collector.start_times = started.StartTimes(tmp_path)
        break_it(guests)
        guests.collector.stamp_start(guests.instance)
        assert 'started="' not in guests.domain.XMLDesc(0)


class Monitor:
    """Stands in for ``statistics.slow``: a guest whose balloon has just reported."""

    def __init__(self) -> None:
        #: For each question whether it was about memory too.
        self.asked: list[bool] = []
        self.usable = 60000

    def __call__(
            self, connection: Any, domain: Any, disks: Sequence[str], *, balloon: bool
    ) -> dict[str, Any]:
        self.asked.append(balloon)
        found: dict[str, Any] = {
            'block.count': 2, 'block.0.name': 'vda', 'block.0.rd.bytes': len(self.asked),
            'block.1.name': 'hda'}
        if balloon:
            found.update({
                'balloon.current': 131072, 'balloon.available': 120000,
                'balloon.usable': self.usable, 'balloon.last-update': int(time.time())})
        return found


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch) -> Monitor:
    monitor = Monitor()
    monkeypatch.setattr(statistics, 'slow', monitor)
    return monitor


class TestMemoryUsed:
    def test_it_is_asked_for_once_in_a_period_and_disks_each_time(
            self, guests: Guests, monitor: Monitor) -> None:
        answers = [guests.collect() for _ in range(3)]
        assert monitor.asked == [True, False, False]
        assert [answer.memory_details.used for answer in answers] == [59, 59, 59]
        assert [answer.disk_details[0].read_bytes for answer in answers] == [1, 2, 3]

    def test_a_guest_that_was_restarted_is_asked_anew(
            self, guests: Guests, monitor: Monitor) -> None:
        guests.collect()
        guests.domain.destroy()
        guests.domain.create()
        monitor.usable = 100000
        assert guests.collect().memory_details.used == 20
        assert monitor.asked == [True, True]

    def test_every_guest_is_asked(self, guests: Guests, monitor: Monitor) -> None:
        guests.collect()
        other = support.define_guest(guests.host.connection)
        guests.instance = support.instance(uuid=other.UUIDString())
        guests.collect()
        assert monitor.asked == [True, True]

    def test_a_guest_that_is_shut_off_has_none_though_one_is_kept(
            self, guests: Guests, monitor: Monitor) -> None:
        guests.collect()
        guests.domain.destroy()
        assert guests.collect().memory_details.used is None

    def test_the_period_is_that_of_the_domain(
            self, guests: Guests, monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
        periods = []
        real = guests.collector._memory.note

        def note(uuid: str, run: int, balloon: dict[str, Any], period: Optional[int]) -> None:
            periods.append(period)
            real(uuid, run, balloon, period)

        monkeypatch.setattr(guests.collector._memory, 'note', note)
        guests.collect()
        assert periods == [10]

    def test_the_test_drivers_figures_of_1989_are_out_of_date(self, guests: Guests) -> None:
        assert guests.domain.memoryStats()['last_update'] < 10**9
        assert guests.collect().memory_details.used is None


class TestSideBySide:
    """The monitor is asked first and waited for last. Each side waits for the other to begin."""

    def test_the_monitor_answers_while_everything_else_is_read(
            self, guests: Guests, monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
        asked, looked, timed = threading.Event(), threading.Event(), threading.Event()
        real_quick = statistics.quick

        def slow(*arguments: Any, **options: Any) -> dict[str, Any]:
            asked.set()
            assert looked.wait(5)
            assert timed.wait(5)
            return monitor(*arguments, **options)

        def quick(guest: Any) -> dict[str, Any]:
            assert asked.wait(5)
            looked.set()
            return real_quick(guest)

        def uptime(guest: Any, xml: str) -> int:
            timed.set()
            return 17

        monkeypatch.setattr(statistics, 'slow', slow)
        monkeypatch.setattr(statistics, 'quick', quick)
        monkeypatch.setattr(guests.collector.start_times, 'uptime', uptime)
        answer = guests.collect()
        assert answer.disk_details[0].read_bytes == 1
        assert answer.memory_details.used == 59
        assert answer.uptime == 17
        assert answer.cpu_details[0].utilisation is not None

    def test_an_answer_that_came_while_looking_took_too_long_counts(
            self, guests: Guests, monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
        real = statistics.quick

        def quick(guest: Any) -> dict[str, Any]:
            time.sleep(0.3)  # more than a monitor may take
            return real(guest)

        guests.allow_monitors(0.2)
        monkeypatch.setattr(statistics, 'quick', quick)
        assert guests.collect().disk_details[0].read_bytes == 1

    def test_when_the_guest_goes_meanwhile_its_answer_is_nobodys(
            self, guests: Guests, monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
        def quick(guest: Any) -> None:
            raise support.libvirt_error(libvirt.VIR_ERR_NO_DOMAIN)

        with monkeypatch.context() as patch:
            patch.setattr(statistics, 'quick', quick)
            assert guests.collect().state == 'pending'
        assert guests.collect().disk_details[0].read_bytes == 2


class TestSampling:
    def test_a_round_notes_every_guest_that_runs(self, guests: Guests) -> None:
        paused = support.define_guest(guests.host.connection)
        paused.suspend()
        off = support.define_guest(guests.host.connection, running=False)
        guests.collector.sampler.sample_once()
        noted = guests.collector.sampler._samples
        assert {guests.domain.UUIDString(), paused.UUIDString()} <= noted.keys()
        assert off.UUIDString() not in noted

    def test_one_guest_that_fails_does_not_cost_the_others_their_note(
            self, guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
        other = support.define_guest(guests.host.connection).UUIDString()
        real = statistics.quick

        def quick(guest: Any) -> dict[str, Any]:
            if guest.uuid == guests.domain.UUIDString():
                raise support.libvirt_error(libvirt.VIR_ERR_NO_DOMAIN)
            return real(guest)

        monkeypatch.setattr(statistics, 'quick', quick)
        guests.collector.sampler.sample_once()
        assert other in guests.collector.sampler._samples
        assert guests.domain.UUIDString() not in guests.collector.sampler._samples
