"""nova-ext's own packages on hosts of Debian's: the two commands of its page, and no more."""

import pathlib
import shutil
import subprocess
import sys

from sandbox import processes, settings, wheels
from sandbox.errors import SandboxError
from sandbox.hosts import Host

FOLDER = settings.STATE / 'debs'

#: What the packages are made from, beside what the wheel is.
SOURCES = (*wheels.PLUGIN_SOURCES, 'debian', 'doc/man', 'doc/source/cli', 'tools/deb')

#: Where they are on a host, and which a host has.
TARGET = '/root'
PACKAGES = ('python3-nova-ext',)
#: For the one from which an administrator uses the client.
CONTROLLER_PACKAGES = (*PACKAGES, 'python3-nova-ext-cli')

BUILD_TIMEOUT = 20 * 60  # seconds

ENVIRONMENT = {'DEBIAN_FRONTEND': 'noninteractive'}


def built() -> pathlib.Path:
    """Return the folder of the packages of this checkout, built anew when it has changed."""
    digest = wheels.source_digest(SOURCES)
    stamp = FOLDER / 'complete'
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, '-m', 'tools.deb', '--output', str(FOLDER)], cwd=settings.CHECKOUT,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILD_TIMEOUT,
            check=False)
        if done.returncode:
            raise SandboxError(f'`make deb` failed:\n{(done.stdout + done.stderr)[-2000:]}')
        stamp.write_text(digest)
    return FOLDER


def install(host: Host) -> None:
    """Install the packages of this checkout, also in the place of those that are there."""
    names = CONTROLLER_PACKAGES if host.number == 1 else PACKAGES
    files = [path for name in names for path in built().glob(f'{name}_*.deb')]
    for old in (host.root / TARGET.lstrip('/')).glob('*.deb'):
        old.unlink()
    for path in files:
        shutil.copy(path, host.root / TARGET.lstrip('/'))
    processes.finish(
        host, ['apt', 'install', '--yes', '--reinstall',
               *(f'{TARGET}/{path.name}' for path in files)], ENVIRONMENT)


def enable(host: Host) -> None:
    """Install nova-ext and have the services of the host use it, from their next start on."""
    install(host)
    for role in ('api', 'compute') if host.number == 1 else ('compute',):
        processes.finish(host, ['nova-ext-setup', 'enable', role])
