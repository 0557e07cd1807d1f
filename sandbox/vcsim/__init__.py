"""A vCenter that runs nothing, for Nova's VMware driver: govmomi's simulator.

Built from Debian's packages ``golang-go`` and ``golang-github-vmware-govmomi-dev``, with the main
program ``main.go``, a patch of one of its files, and a description of vSphere's interface that
``wsdl.py`` makes. ``performance.go`` has what it says of virtual machines that run.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess

from sandbox import packages, settings, venvs
from sandbox.errors import SandboxError

#: What there is in it, and what one logs in with: any user and password.
CLUSTER = 'DC0_C0'
USER = PASSWORD = settings.PASSWORD

_HERE = pathlib.Path(__file__).parent
_PROGRAM_SOURCES = (_HERE / 'main.go', _HERE / 'performance.go')
_LIBRARIES = pathlib.Path('/usr/share/gocode')
_SIMULATOR = _LIBRARIES / 'src/github.com/vmware/govmomi/simulator'
_PATCHED = 'property_collector.go'

_PROGRAM, _WSDL = 'vcsim', 'vimService.wsdl'

#: Seconds that building it may take on a machine that does much else.
_BUILD_TIMEOUT = 1200


def command(listen: str, machines: int) -> list[str]:
    """The command line that runs it, once it is built.

    It prints the address and port that it listens at, and keeps its datastores in TMPDIR.

    :param listen: address and port; 0: any port
    :param machines: how many virtual machines there are at the beginning
    """
    folder = _folder()
    return [str(folder / _PROGRAM), '-listen', listen, '-machines', str(machines),
            '-wsdl', str(folder / _WSDL)]


def build() -> None:
    """Build the simulator and write the interface's description, unless both are there.

    :raises SandboxError: it cannot be built
    """
    folder = _folder()
    if (folder / _WSDL).exists():
        return
    for outdated in settings.CACHE.glob('vcsim-*'):
        shutil.rmtree(outdated)
    folder.mkdir(parents=True)
    _build(folder)
    written = folder / 'written.wsdl'
    newest = venvs.vmware_venv(settings.DEFAULT_NOVA, plugin=False)
    _run([str(newest / 'bin/python'), '-m', 'sandbox.vcsim.wsdl', str(written)], settings.CHECKOUT)
    written.rename(folder / _WSDL)


def _folder() -> pathlib.Path:
    """Where it is built."""
    sources = [*_PROGRAM_SOURCES, _HERE / 'property_collector.patch', _HERE / 'wsdl.py']
    digest = hashlib.sha256(b''.join(source.read_bytes() for source in sources))
    return settings.CACHE / f'vcsim-{digest.hexdigest()[:16]}'


def _build(folder: pathlib.Path) -> None:
    go = shutil.which('go')
    if go is None or not _SIMULATOR.is_dir():
        raise SandboxError(f'Install these packages: {" ".join(packages.VMWARE_PACKAGES)}')
    shutil.copy(_SIMULATOR / _PATCHED, folder)
    # Without the ceiling, git looks for the file in the checkout's own index.
    _run(['git', 'apply', str(_HERE / 'property_collector.patch')], folder,
         GIT_CEILING_DIRECTORIES=str(folder.parent))
    overlay = folder / 'overlay.json'
    overlay.write_text(json.dumps({
        'Replace': {str(_SIMULATOR / _PATCHED): str(folder / _PATCHED)}}))
    _run([go, 'build', '-overlay', str(overlay), '-o', _PROGRAM, *map(str, _PROGRAM_SOURCES)],
         folder, GO111MODULE='off', GOPATH=str(_LIBRARIES), GOCACHE=str(settings.CACHE / 'go'))


def _run(command: list[str], folder: pathlib.Path, **environment: str) -> None:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=_BUILD_TIMEOUT, check=False)
    if done.returncode:
        output = (done.stdout + done.stderr)[-2000:]
        raise SandboxError(f'{" ".join(command[:3])} failed:\n{output}')
