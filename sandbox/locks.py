"""Where the environments are, each of which one process makes at a time."""

import contextlib
import fcntl
from collections.abc import Iterator

from sandbox import settings

VENVS = settings.STATE / 'venvs'


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """Keep other processes from making the same environment at the same time."""
    VENVS.mkdir(parents=True, exist_ok=True)
    with open(VENVS / f'.{name}.lock', 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
