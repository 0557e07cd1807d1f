"""Images of containers, made with buildah in a store below ``.sandbox``.

Nothing is fetched from a registry, and nothing outside the store is changed.
"""

import json
import pathlib
import subprocess
from collections.abc import Sequence

from sandbox import chroots, packages, settings
from sandbox.errors import SandboxError

STORE = settings.STATE / 'images'

#: Seconds that one command may take.
TIMEOUT = 30 * 60

#: Stands for ``docker build`` in the pages; buildah takes the same arguments.
DOCKER = """#!/bin/sh
[ "$1" = build ] || { echo "docker $1: there is only docker build" >&2; exit 2; }
shift
exec %s build --isolation chroot --pull-never --layers=false --force-rm "$@"
"""


def command(*words: str) -> list[str]:
    """The command line of buildah's with that store."""
    return ['buildah', '--root', str(STORE / 'storage'), '--runroot', str(STORE / 'run'),
            '--storage-driver', 'overlay', *words]


def run(words: Sequence[str], folder: pathlib.Path = settings.CHECKOUT) -> str:
    """Run a command and return what it prints.

    What it mounts and starts is gone when it ends. It sees no other processes, as what Docker
    builds: with chroot isolation alone, those of the whole machine would be there.

    :raises SandboxError: it fails
    """
    done = subprocess.run(
        ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', *words],
        cwd=folder, env=chroots.ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors='replace', timeout=TIMEOUT, check=False)
    if done.returncode:
        raise SandboxError(
            f'{" ".join(words)[:200]} failed:\n{(done.stdout + done.stderr)[-2000:]}')
    return done.stdout


def run_in(image: str, *words: str) -> str:
    """Run a command in a container of an image, as the image's user; return what it prints.

    :raises SandboxError: it fails
    """
    container = run(command('from', '--pull-never', image)).strip()
    try:
        return run(command('run', '--isolation', 'chroot', container, '--', *words))
    finally:
        run(command('rm', container))


def ensure() -> None:
    """Install buildah, and make the store."""
    packages.ensure_named(['buildah'])
    STORE.mkdir(parents=True, exist_ok=True)


def put_docker(folder: pathlib.Path) -> None:
    """Put a command ``docker`` into a folder, for a shell that follows a page."""
    path = folder / 'docker'
    path.write_text(DOCKER % ' '.join(command()))
    path.chmod(0o755)


def remove(image: str) -> None:
    """Remove an image, should it be there."""
    if exists(image):
        run(command('rmi', image))


def prune() -> None:
    """Remove what no name stands for any more; no container may run from it."""
    run(command('rmi', '--prune'))


def exists(image: str) -> bool:
    """Whether there is an image of that name."""
    return _find(image) is not None


def layers(image: str) -> list[pathlib.Path]:
    """The directories that an image's root file system is laid of, the topmost first.

    :raises SandboxError: there is no such image
    """
    layer = _find(image)
    if layer is None:
        raise SandboxError(f'There is no image {image}')
    parents = {found['id']: found.get('parent', '') for found in _read('layers')}
    found = []
    while layer:
        found.append(STORE / 'storage/overlay' / layer / 'diff')
        layer = parents[layer]
    return found


def _find(image: str) -> str | None:
    """The topmost layer of an image."""
    for found in _read('images'):
        if image in found.get('names', ()):
            return str(found['layer'])
    return None


def _read(kind: str) -> list[dict[str, str]]:
    path = STORE / f'storage/overlay-{kind}/{kind}.json'
    found: list[dict[str, str]] = json.loads(path.read_text()) if path.exists() else []
    return found
