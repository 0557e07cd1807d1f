# SPDX-License-Identifier: Apache-2.0
"""The guest image in plain QEMU. If this fails, results of the other live tests mean nothing."""

from __future__ import annotations

import pathlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from sandbox import guest

QEMU = 'qemu-system-x86_64'


@pytest.fixture(scope='session', autouse=True)
def cloud() -> None:
    """Override the fixture of the other live tests: no running cloud is needed."""


class Machine:
    """A QEMU process and its serial console."""

    def __init__(self, folder: pathlib.Path) -> None:
        image = guest.build()
        disk = shutil.copy(image.disk, folder)
        console, self.monitor = folder / 'console', folder / 'monitor'
        self.process = subprocess.Popen([
            QEMU, '-accel', 'tcg', '-machine', 'pc', '-nodefaults', '-display', 'none',
            '-m', '96', '-smp', '2', '-kernel', image.kernel, '-initrd', image.ramdisk,
            '-append', 'console=ttyS0 no_timer_check quiet lines=1',
            '-drive', f'file={disk},format=raw,if=virtio,cache=none',
            '-device', 'virtio-net-pci',
            '-serial', f'unix:{console},server=on,wait=on',
            '-monitor', f'unix:{self.monitor},server=on,wait=off'])
        self.console = connect(console)
        self.text = ''

    def expect(self, pattern: str, timeout: float = 60) -> str:
        """Wait for a console line, return it, and discard all text before it."""
        deadline = time.monotonic() + timeout
        while True:
            found = re.search(rf'(?m)^{pattern}.*\n', self.text)
            if found:
                self.text = self.text[found.end():]
                return found.group().strip()
            self.console.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                self.text += self.console.recv(65536).decode()
            except TimeoutError:
                pytest.fail(f'expected {pattern!r}, got {self.text!r}')

    def ask(self, command: str) -> str:
        """Type a command and return its result."""
        self.console.sendall(f'{command}\n'.encode())
        return self.expect('>>> ').partition(': ')[2]

    def wait_busy(self) -> None:
        """Wait until both vCPUs have spent half a second in user mode."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            statistics = self.ask('cpustat').split(';')
            if min(int(line.split()[1]) for line in statistics[1:3]) > 50:
                return
            time.sleep(0.2)
        pytest.fail(f'a vCPU is not busy: {statistics}')


def connect(path: pathlib.Path) -> socket.socket:
    """Connect to a socket that QEMU is about to create."""
    client = socket.socket(socket.AF_UNIX)
    for _ in range(500):
        try:
            client.connect(str(path))
        except OSError:
            time.sleep(0.02)
        else:
            return client
    raise TimeoutError(path)


@pytest.fixture
def machine(tmp_path: pathlib.Path) -> Iterator[Machine]:
    """A guest that has booted."""
    if shutil.which(QEMU) is None:
        pytest.skip(f'{QEMU} IS NOT INSTALLED: the guest image was not tested.')
    made = Machine(tmp_path)
    try:
        made.expect('=== GUEST READY')
        yield made
    finally:
        made.process.kill()
        made.process.wait()


def number_after(name: str, text: str) -> int:
    """The number that follows a name."""
    found = re.search(rf'{name}\D*(\d+)', text)
    assert found, f'no {name} in {text!r}'
    return int(found.group(1))


def test_console_commands(machine: Machine) -> None:
    """Each command works while the guest keeps printing a line every second."""
    machine.expect('line 2 up')
    assert machine.ask('dance') == 'dance'

    free = number_after('MemAvailable', machine.ask('meminfo'))
    assert machine.ask('memory 16') == '16 MiB held'
    assert free - number_after('MemAvailable', machine.ask('meminfo')) > 15 * 1024
    assert machine.ask('memory 0') == '0 MiB held'
    assert machine.ask('memory 4096').startswith('refused')

    assert machine.ask('write 1024') == '1048576 bytes'
    assert machine.ask('read 512') == '524288 bytes'
    reads, sectors_read, writes, sectors_written = (
        int(machine.ask('diskstat').split()[field]) for field in (3, 5, 7, 9))
    assert reads >= 8 and sectors_read >= 1024
    assert (writes, sectors_written) == (16, 2048)

    assert machine.ask('net 192.0.2.1/24') == 'eth0 192.0.2.1/24'
    assert machine.ask('send 192.0.2.255 20 1000').startswith('20 packets transmitted')
    # 20 echo requests of 1 KiB with 42 bytes of headers; the guest sends nothing else.
    assert machine.ask('netdev').split()[9:11] == ['21320', '20']

    assert machine.ask('cpu 2 300') == '2 spinning for 300 s'
    machine.wait_busy()
    assert machine.ask('cpu 0') == '0 spinning'

    machine.console.sendall(b'lines 1000 40\n')
    printed = [machine.expect(f'n={n:06d} ') for n in (1, 500, 1000)]
    assert {len(line) for line in printed} == {40}
    machine.expect('>>> lines: 1000 done')


@pytest.mark.slow
def test_power_button_powers_off(machine: Machine) -> None:
    with connect(machine.monitor) as monitor:
        monitor.sendall(b'system_powerdown\n')
        machine.expect('=== POWER BUTTON')
    assert machine.process.wait(10) == 0


@pytest.mark.slow
def test_reboot_and_poweroff_commands(machine: Machine) -> None:
    assert machine.ask('reboot') == 'now'
    machine.expect('=== GUEST READY')
    assert float(machine.ask('proc-uptime').split()[0]) < 30
    assert machine.ask('poweroff') == 'now'
    assert machine.process.wait(10) == 0
