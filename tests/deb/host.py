# SPDX-License-Identifier: Apache-2.0
"""A Debian of one's own, as the tests of packages look at it."""

from __future__ import annotations

import subprocess

from sandbox.chroots import Chroot

NOVA, CLI, TEMPEST = 'python3-nova-ext', 'python3-nova-ext-cli', 'python3-nova-ext-tempest'
EXPORTER = 'python3-nova-ext-exporter'
ALL = (NOVA, CLI, EXPORTER, TEMPEST)

#: Where Debian's packages have Python modules.
SITE = '/usr/lib/python3/dist-packages'


class Host:
    """Commands in a chroot, which have to succeed unless it is said otherwise."""

    def __init__(self, chroot: Chroot) -> None:
        """Know the chroot."""
        self.chroot = chroot

    def run(self, script: str, *, status: int = 0, user: str = 'root'
            ) -> subprocess.CompletedProcess[str]:
        """Run a script of the shell's.

        :param status: what it has to end with
        """
        done = self.chroot.run('sh', '-c', script, user=user)
        assert done.returncode == status, f'{script}\n{done.stdout}\n{done.stderr}'
        return done

    def install(self, *names: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Install packages of nova-ext's, with a umask that lets nobody else read."""
        files = ' '.join(f'/debs/{name}_*.deb' for name in names)
        return self.run(f'umask 027; apt-get install -y --no-install-recommends {files}',
                        status=status)

    def distributions(self) -> list[str]:
        """The distributions of nova-ext's that Python finds, each as often as it does."""
        return self.run(
            "python3 -c 'import importlib.metadata as m; "
            "print(*sorted(d.name for d in m.distributions() if d.name.startswith(\"nova-ext\")))'"
        ).stdout.split()

    def files(self) -> set[str]:
        """Everything below Python's folder that is of nova-ext."""
        found = self.run(f'find {SITE} /usr/local/lib -path "*nova_ext*"').stdout
        return set(found.splitlines())
