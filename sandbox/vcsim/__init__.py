"""A vCenter that runs nothing, for Nova's VMware driver: govmomi's simulator.

Built from Debian's packages ``golang-go`` and ``golang-github-vmware-govmomi-dev``, with the main
program ``main.go``, a patch of one of its files, and a description of vSphere's interface that
``wsdl.py`` makes.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess

from sandbox import settings, venvs
from sandbox.errors import SandboxError

#: Debian packages.
PACKAGES = ('golang-go', 'golang-github-vmware-govmomi-dev', 'git')

_HERE = pathlib.Path(__file__).parent
_LIBRARIES = pathlib.Path('/usr/share/gocode')
_SIMULATOR = _LIBRARIES / 'src/github.com/vmware/govmomi/simulator'
_PATCHED = 'property_collector.go'

#: Seconds that building it may take on a machine that does much else.
_BUILD_TIMEOUT = 1200


def build() -> tuple[pathlib.Path, pathlib.Path]:
    """Build the simulator and write the interface's description, unless both are there.

    :returns: the program and the description
    :raises SandboxError: it cannot be built
    """
    sources = [_HERE / 'main.go', _HERE / 'property_collector.patch', _HERE / 'wsdl.py']
    digest = hashlib.sha256(b''.join(source.read_bytes() for source in sources))
    folder = settings.CACHE / f'vcsim-{digest.hexdigest()[:16]}'
    program, wsdl = folder / 'vcsim', folder / 'vimService.wsdl'
    if not wsdl.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _build(folder, program)
        written = folder / 'written.wsdl'
        newest = venvs.vmware_venv(venvs.known_series()[0], plugin=False)
        _run([str(newest / 'bin/python'), '-m', 'sandbox.vcsim.wsdl', str(written)],
             settings.CHECKOUT)
        written.rename(wsdl)
    return program, wsdl


def _build(folder: pathlib.Path, program: pathlib.Path) -> None:
    go = shutil.which('go')
    if go is None or not _SIMULATOR.is_dir():
        raise SandboxError(f'Install these packages: {" ".join(PACKAGES)}')
    shutil.copy(_SIMULATOR / _PATCHED, folder)
    # Without the ceiling, git looks for the file in the checkout's own index.
    _run(['git', 'apply', str(_HERE / 'property_collector.patch')], folder,
         GIT_CEILING_DIRECTORIES=str(folder.parent))
    overlay = folder / 'overlay.json'
    overlay.write_text(json.dumps({
        'Replace': {str(_SIMULATOR / _PATCHED): str(folder / _PATCHED)}}))
    _run([go, 'build', '-overlay', str(overlay), '-o', str(program), str(_HERE / 'main.go')],
         folder, GO111MODULE='off', GOPATH=str(_LIBRARIES), GOCACHE=str(settings.CACHE / 'go'))


def _run(command: list[str], folder: pathlib.Path, **environment: str) -> None:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=_BUILD_TIMEOUT, check=False)
    if done.returncode:
        output = (done.stdout + done.stderr)[-2000:]
        raise SandboxError(f'{" ".join(command[:3])} failed:\n{output}')
