# SPDX-License-Identifier: Apache-2.0
"""Scripts stand in for QEMU: what it says on the guest's console, and whether it ends."""

from __future__ import annotations

import time

import ddt
import fixtures

from sandbox import guest, settings, virtualization
from sandbox.errors import SandboxError
from tests.unit import base


class QemuTestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = self.make_directory()
        for name in ('kernel', 'ramdisk', 'disk'):
            (folder / name).touch()
        self.image = guest.GuestImage(folder / 'kernel', folder / 'ramdisk', folder / 'disk')
        self.kvm = folder / 'kvm'
        self.kvm.touch()
        self.commands: list[list[str]] = []
        self.patch(virtualization, 'KVM', self.kvm)
        self.patch(virtualization, 'REPORT', folder / 'report')
        self.useFixture(fixtures.MockPatchObject(settings, 'CACHE', folder))

    def qemu_does(self, script: str) -> None:
        """Let a shell script stand in for QEMU."""
        boot = virtualization._boot

        def run(command: list[str]) -> str | None:
            self.commands.append(command)
            return boot(['sh', '-c', script])

        self.useFixture(fixtures.MockPatchObject(virtualization, '_boot', run))


@ddt.ddt
class TestChoose(QemuTestCase):
    def test_kvm_is_used_where_the_guest_boots(self) -> None:
        self.qemu_does('echo; echo "=== GUEST READY"; sleep 60')
        self.assertEqual('kvm', virtualization.choose(None, self.image)[0])
        self.assertEqual('kvm', virtualization.choose('kvm', self.image)[0])
        self.assertIn(str(self.image.ramdisk), self.commands[0])

    def test_guests_are_emulated_where_the_guest_hangs(self) -> None:
        self.patch(virtualization, 'TIMEOUT', 0.2)
        self.qemu_does('echo "no CPUID.01H:ECX.pni"; sleep 60')
        began = time.monotonic()
        virt_type, reason = virtualization.choose(None, self.image)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual('qemu', virt_type)
        self.assertIn('did not boot', reason)

    @ddt.data('exit 1', 'echo "cannot access /dev/kvm" >&2; exit 1')
    def test_guests_are_emulated_where_qemu_refuses(self, script: str) -> None:
        self.qemu_does(script)
        virt_type, reason = virtualization.choose(None, self.image)
        self.assertEqual('qemu', virt_type)
        self.assertIn('QEMU ended with status 1', reason)

    def test_guests_are_emulated_without_a_device(self) -> None:
        self.kvm.unlink()
        self.qemu_does('echo "=== GUEST READY"; sleep 60')
        self.assertEqual(
            ('qemu', f'no KVM: there is no {self.kvm}'), virtualization.choose(None, self.image))
        self.assertEqual([], self.commands)

    def test_asking_for_kvm_fails_with_the_reason_where_it_does_not_work(self) -> None:
        self.qemu_does('exit 1')
        with self.assert_raises(SandboxError, 'KVM does not work on this machine: QEMU ended'):
            virtualization.choose('kvm', self.image)

    def test_asking_for_qemu_tries_no_kvm(self) -> None:
        self.qemu_does('echo "=== GUEST READY"; sleep 60')
        self.assertEqual('qemu', virtualization.choose('qemu', self.image)[0])
        self.assertEqual([], self.commands)

    @ddt.data('exit 1', 'echo "=== GUEST READY"; sleep 60')
    def test_result_is_remembered_until_reboot_or_another_kernel(self, script: str) -> None:
        boot_id = self.kvm.with_name('boot_id')
        self.patch(virtualization, 'BOOT_ID', boot_id)
        self.qemu_does(script)
        for content in ('first', 'first', 'second'):
            boot_id.write_text(content)
            virtualization.choose(None, self.image)
        self.assertEqual(2, len(self.commands))
