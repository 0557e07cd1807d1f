"""What only one process of a checkout does at a time."""

import contextlib
import fcntl
from collections.abc import Iterator

from sandbox import settings
from sandbox.errors import SandboxError

#: Where the environments are.
VENVS = settings.STATE / 'venvs'


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """Keep other processes from making the same environment at the same time."""
    VENVS.mkdir(parents=True, exist_ok=True)
    with open(VENVS / f'.{name}.lock', 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def cloud() -> Iterator[None]:
    """Keep a second `up`, `down` or `restart` of this checkout away."""
    settings.STATE.mkdir(exist_ok=True)
    with open(settings.STATE / 'lock', 'w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SandboxError(
                'Another `up`, `down` or `restart` of this checkout is at work.') from None
        yield
