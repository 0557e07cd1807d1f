"""Whether guests run under KVM or are emulated, found out by booting one.

A /dev/kvm that can be opened may still run no guest: nested virtualization that is only half there
lets QEMU start and its guest hang. So the guest image itself has to boot.
"""

import json
import pathlib
import subprocess
import time

from sandbox import accounts, settings
from sandbox.errors import SandboxError
from sandbox.guest import GuestImage

KVM = pathlib.Path('/dev/kvm')
BOOT_ID = pathlib.Path('/proc/sys/kernel/random/boot_id')
REPORT = settings.CACHE / 'kvm.json'

#: Seconds within which the guest image has to boot under KVM; it takes one or two.
TIMEOUT = 5.0
READY = b'=== GUEST READY'


def choose(asked: str | None, image: GuestImage, user: str | None = None) -> tuple[str, str]:
    """Return the libvirt virt_type of the guests and the reason for it.

    :param asked: ``qemu`` or ``kvm`` to insist on it, None for the best that works
    :param user: of the guests; None: root
    :raises SandboxError: if KVM was asked for and does not work
    """
    if asked == 'qemu':
        return 'qemu', 'as asked for'
    problem = kvm_problem(image) or access_problem(user)
    if problem is None:
        return 'kvm', f'a guest booted within {TIMEOUT:.0f} s'
    if asked == 'kvm':
        raise SandboxError(
            f'KVM does not work on this machine: {problem}.\n'
            'Leave out --virt-type to have the guests emulated.')
    return 'qemu', f'no KVM: {problem}'


def kvm_problem(image: GuestImage) -> str | None:
    """Return why KVM cannot run the guests, None if it can; remembered until the next reboot."""
    if not KVM.exists():
        return f'there is no {KVM}'
    boot = f'{BOOT_ID.read_text().strip()} {image.kernel.stat().st_mtime_ns}'
    if REPORT.exists():
        known = json.loads(REPORT.read_text())
        if known['boot'] == boot:
            return known['problem']  # type: ignore[no-any-return]
    problem = _boot(['qemu-system-x86_64', '-accel', 'kvm', *_arguments(image)])
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps({'boot': boot, 'problem': problem}))
    return problem


def access_problem(user: str | None) -> str | None:
    """Return why a user cannot run guests with KVM, None if it can.

    :param user: None: root, who can
    """
    look = ['test', '-r', str(KVM), '-a', '-w', str(KVM)]
    if user and subprocess.run(accounts.as_user(user, look), check=False).returncode:
        return f'{user} may not use {KVM}'
    return None


def _arguments(image: GuestImage) -> list[str]:
    return [
        '-nodefaults', '-display', 'none', '-no-reboot', '-m', '128', '-serial', 'stdio',
        '-kernel', str(image.kernel), '-initrd', str(image.ramdisk),
        '-append', 'console=ttyS0 panic=-1']


def _boot(command: list[str]) -> str | None:
    """Run QEMU until the guest is ready; return what went wrong, None if nothing did."""
    settings.CACHE.mkdir(parents=True, exist_ok=True)
    console = settings.CACHE / 'kvm-console.log'
    deadline = time.monotonic() + TIMEOUT
    with console.open('wb') as output:
        guest = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        while time.monotonic() < deadline:
            if READY in console.read_bytes():
                return None
            if guest.poll() is not None:
                last = console.read_text(errors='replace').strip().rpartition('\n')[2]
                return f'QEMU ended with status {guest.returncode}: {last}'
            time.sleep(0.05)
    finally:
        guest.kill()
        guest.wait()
    return f'the guest image did not boot within {TIMEOUT:.0f} s'
