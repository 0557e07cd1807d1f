# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import logging
import os
import pathlib
import subprocess
import time
import types
from typing import Any, Optional

import libvirt
import pytest
from nova.virt.libvirt import guest as nova_guest

from nova_ext.virt.libvirt import started
from tests.unit import support

TICKS = os.sysconf('SC_CLK_TCK')
NAME = 'instance-00000001'
PID = 4321

QEMU = ['/usr/bin/qemu-system-x86_64', '-name', f'guest={NAME}', '-S']
RECEIVER = [*QEMU, '-incoming', 'defer']


class Machine:
    """A host with one QEMU process, as /proc and libvirt's PID files show it."""

    def __init__(self, root: pathlib.Path) -> None:
        self.pid_file = root / 'run' / f'{NAME}.pid'
        self.process = root / 'proc' / str(PID)
        self.pid_file.parent.mkdir()
        self.process.mkdir(parents=True)
        self.pid_file.write_text(f'{PID}\n')
        self.times = started.StartTimes(self.pid_file.parent, self.process.parent)
        self.has(QEMU)

    def has(self, command: list[str], name: str = 'qemu-system-x86', age: float = 100) -> None:
        """Let the process be this command, begun ``age`` seconds ago."""
        began = int((time.clock_gettime(time.CLOCK_BOOTTIME) - age) * TICKS)
        fields = ['S', *(str(number) for number in range(4, 22)), str(began), '0', '0']
        (self.process / 'stat').write_text(f'{PID} ({name}) {" ".join(fields)}\n')
        (self.process / 'cmdline').write_bytes(b''.join(
            word.encode() + b'\0' for word in command))


@pytest.fixture
def machine(tmp_path: pathlib.Path) -> Machine:
    return Machine(tmp_path)


GUEST = types.SimpleNamespace(name=NAME, uuid='0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1')


def xml(stamp: Optional[str] = None) -> str:
    inside = '' if stamp is None else (
        '<metadata><x:domain xmlns:x="http://openstack.org/xmlns/libvirt/nova-ext/1.0" '
        f'started="{stamp}"/></metadata>')
    return f'<domain>{inside}</domain>'


def stamped(ago: float) -> str:
    return xml(time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - ago)))


def test_a_guest_has_been_up_for_as_long_as_its_process(machine: Machine) -> None:
    assert machine.times.uptime(GUEST, xml()) in (100, 101)


@pytest.mark.parametrize('name', [
    'qemu-system-x86', 'qemu) S 1 2 3', 'CPU 0/KVM', '((sd-pam))', 'a b) c) d', '', ') R'])
def test_the_name_of_the_command_may_hold_anything(name: str, machine: Machine) -> None:
    machine.has(QEMU, name)
    assert machine.times.uptime(GUEST, xml()) in (100, 101)


def test_a_stamp_is_not_believed_where_the_process_began_with_the_guest(
        machine: Machine) -> None:
    assert machine.times.uptime(GUEST, stamped(5000)) in (100, 101)


def test_a_guest_that_was_taken_over_has_been_up_since_its_stamp(machine: Machine) -> None:
    machine.has(RECEIVER, age=3)
    assert machine.times.uptime(GUEST, stamped(5000)) in (5000, 5001)


def test_a_guest_that_was_taken_over_without_a_stamp_is_unknown(machine: Machine) -> None:
    machine.has(RECEIVER)
    assert machine.times.uptime(GUEST, xml()) is None


@pytest.mark.parametrize('stamp', ['', 'yesterday', '2024-01-01', '2024-13-01T00:00:00Z'])
def test_a_stamp_that_cannot_be_read_is_unknown(stamp: str, machine: Machine) -> None:
    machine.has(RECEIVER)
    assert machine.times.uptime(GUEST, xml(stamp)) is None


def test_an_argument_that_only_looks_like_it_is_no_takeover(machine: Machine) -> None:
    machine.has([*QEMU, '-incoming-like', 'name=-incoming'])
    assert machine.times.uptime(GUEST, xml()) in (100, 101)


def test_a_stamp_from_a_clock_that_is_ahead_gives_no_negative_uptime(machine: Machine) -> None:
    machine.has(RECEIVER)
    assert machine.times.uptime(GUEST, stamped(-3600)) == 0


class TestProcessThatDoesNotShow:
    def test_no_pid_file(self, machine: Machine) -> None:
        machine.pid_file.unlink()
        assert machine.times.uptime(GUEST, stamped(5)) is None

    @pytest.mark.parametrize('content', ['', 'none\n', '-\n'])
    def test_a_pid_file_without_a_number(self, content: str, machine: Machine) -> None:
        machine.pid_file.write_text(content)
        assert machine.times.uptime(GUEST, xml()) is None

    def test_a_pid_file_that_is_a_folder(self, machine: Machine) -> None:
        machine.pid_file.unlink()
        machine.pid_file.mkdir()
        assert machine.times.uptime(GUEST, xml()) is None

    def test_no_such_process(self, machine: Machine) -> None:
        machine.pid_file.write_text('9999')
        assert machine.times.uptime(GUEST, xml()) is None

    @pytest.mark.parametrize('content', ['', '4321 (qemu) S 1 2', '4321 (qemu) ' + 'x ' * 30])
    def test_a_process_that_shows_too_little(self, content: str, machine: Machine) -> None:
        (machine.process / 'stat').write_text(content)
        assert machine.times.uptime(GUEST, xml()) is None


def test_a_real_process(tmp_path: pathlib.Path) -> None:
    with subprocess.Popen(['sleep', '60']) as process:
        try:
            (tmp_path / f'{NAME}.pid').write_text(str(process.pid))
            times = started.StartTimes(tmp_path)
            assert times.uptime(GUEST, xml()) in (0, 1)
            assert abs((times.started(GUEST, xml()) or 0) - time.time()) < 2
        finally:
            process.kill()


class TestStamp:
    @pytest.fixture
    def guest(self, connection: Any, machine: Machine) -> Any:
        """A guest of libvirt's test driver that the machine's process runs."""
        guest = nova_guest.Guest(support.define_guest(connection))
        machine.pid_file.rename(machine.pid_file.with_name(f'{guest.name}.pid'))
        return guest

    def test_what_one_host_stamps_the_next_reads(self, guest: Any, machine: Machine) -> None:
        machine.times.stamp(guest, guest._domain)
        machine.has(RECEIVER, age=1)
        assert machine.times.uptime(guest, guest.get_xml_desc()) in (99, 100, 101)

    def test_it_is_in_an_element_of_our_own_beside_novas(
            self, guest: Any, machine: Machine) -> None:
        nova = 'http://openstack.org/xmlns/libvirt/nova/1.1'
        guest._domain.setMetadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, '<instance><name>vm</name></instance>', 'nova',
            nova, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        machine.times.stamp(guest, guest._domain)
        text = guest._domain.metadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT,
            'http://openstack.org/xmlns/libvirt/nova-ext/1.0', 0)
        assert 'started="20' in text
        assert '<name>vm</name>' in guest._domain.metadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, nova, 0)

    def test_it_is_gone_with_this_run(self, guest: Any, machine: Machine) -> None:
        machine.times.stamp(guest, guest._domain)
        inactive = guest._domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
        assert 'started=' not in inactive

    def test_a_guest_that_was_taken_over_keeps_its_first_stamp(
            self, guest: Any, machine: Machine) -> None:
        machine.times.stamp(guest, guest._domain)
        first = guest.get_xml_desc()
        machine.has(RECEIVER, age=1)
        machine.times.stamp(guest, guest._domain)
        assert guest.get_xml_desc() == first

    def test_nothing_is_stamped_where_nothing_is_known(
            self, guest: Any, machine: Machine) -> None:
        machine.process.joinpath('stat').unlink()
        machine.times.stamp(guest, guest._domain)
        assert 'started=' not in guest.get_xml_desc()


def test_a_stamp_that_cannot_be_read_is_logged(
        machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.has(RECEIVER)
    with caplog.at_level(logging.WARNING):
        machine.times.started(GUEST, xml('yesterday'))
    assert "'yesterday'" in caplog.text
