# SPDX-License-Identifier: Apache-2.0
"""Whose configuration files a process sees, with processes in mount namespaces of their own."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

import ddt

from nova_ext.virt.libvirt.console import visibility
from tests.unit import base

#: Seconds after which a process ends by itself.
LONGEST = 120

#: The names of libvirt's processes here: there may be real ones on this machine.
NAMES = (f'virt{os.getpid()}', f'qemu{os.getpid()}')

#: Tells what ``is_read_by_libvirt`` says of a path.
ASK = '''
import sys
from nova_ext.virt.libvirt.console import visibility
path, visibility._RUN, *visibility._LIBVIRT = sys.argv[1:]
print(visibility.is_read_by_libvirt(path))
'''


@ddt.ddt
class TestNamespaces(base.TestCase):
    """A host with a directory for sockets and one for configuration, and another of each."""

    def setUp(self) -> None:
        super().setUp()
        if os.getuid():
            self.skipTest('this needs to be root')
        self.directory = self.make_directory()
        for name in ('etc/libvirt', 'run', 'sandbox/libvirt', 'other'):
            (self.directory / name).mkdir(parents=True)
        self.configuration = self.directory / 'etc/libvirt/qemu.conf'
        for name in ('etc', 'sandbox'):
            (self.directory / name / 'libvirt/qemu.conf').touch()
        self.patch(visibility, '_RUN', str(self.directory / 'run'))
        self.patch(visibility, '_LIBVIRT', frozenset(NAMES))

    def start_libvirt(self, *binds: tuple[str, str], name: str = NAMES[0],
                      unshare: bool = True) -> None:
        """Start a process of libvirt's and wait until it has its name.

        :param binds: each a directory, and where it is mounted in a namespace of its own
        """
        executable = self.directory / 'bin' / name
        executable.parent.mkdir(exist_ok=True)
        executable.symlink_to(shutil.which('sleep') or 'sleep')
        process = subprocess.Popen([
            *self.in_namespace(binds if unshare else None), str(executable), str(LONGEST)])
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.kill)
        comm = pathlib.Path(f'/proc/{process.pid}/comm')
        self.assert_eventually(lambda: comm.read_text().strip() == name)

    def in_namespace(self, binds: tuple[tuple[str, str], ...] | None) -> list[str]:
        """Return the beginning of a command in a mount namespace; ``None``: in that of the test.

        The process is the same to the end, so that its id is.
        """
        if binds is None:
            return []
        mounts = ''.join(f'mount --bind {self.directory / source} {self.directory / target} && '
                         for source, target in binds)
        return ['unshare', '--mount', 'sh', '-c', f'{mounts} exec "$@"', 'sh']

    def is_read(self) -> bool:
        """Return what nova-compute finds in the test's own namespace."""
        return visibility.is_read_by_libvirt(str(self.configuration))

    def is_read_in_namespace(self, *binds: tuple[str, str]) -> bool:
        """Return what nova-compute finds in a namespace of its own."""
        asked = subprocess.run(
            [*self.in_namespace(binds), sys.executable, '-c', ASK, str(self.configuration),
             str(self.directory / 'run'), *NAMES],
            capture_output=True, text=True, timeout=50, check=True)
        return asked.stdout.strip() == 'True'

    def test_file_is_not_known_to_be_read_by_nobody(self) -> None:
        self.assertFalse(self.is_read())

    @ddt.data(0, 1)
    def test_file_is_read_in_the_same_namespace(self, daemon: int) -> None:
        self.start_libvirt(name=NAMES[daemon], unshare=False)
        self.assertTrue(self.is_read())

    def test_file_is_read_in_a_copy_of_the_namespace(self) -> None:
        self.start_libvirt()
        self.assertTrue(self.is_read())

    @ddt.data(('sandbox/libvirt', 'etc/libvirt'), ('sandbox', 'etc'),
              ('sandbox/libvirt/qemu.conf', 'etc/libvirt/qemu.conf'))
    def test_file_is_not_read_by_libvirt_with_a_directory_of_its_own(
            self, bind: tuple[str, str]) -> None:
        self.start_libvirt(bind)
        self.assertFalse(self.is_read())

    def test_libvirt_that_listens_elsewhere_does_not_count(self) -> None:
        self.start_libvirt(('sandbox', 'etc'), ('other', 'run'))
        self.start_libvirt(name=NAMES[1], unshare=False)
        self.assertTrue(self.is_read())

    def test_file_is_read_where_the_same_is_mounted_elsewhere(self) -> None:
        self.start_libvirt(('sandbox/libvirt', 'etc/libvirt'))
        self.assertTrue(self.is_read_in_namespace(('sandbox', 'etc')))
        self.assertFalse(self.is_read_in_namespace())
        self.assertFalse(self.is_read_in_namespace(('other', 'etc/libvirt')))
