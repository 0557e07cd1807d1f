# SPDX-License-Identifier: Apache-2.0
"""How long each stage took the last time, and what an interrupted run has done already."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import pathlib
import subprocess
from collections.abc import Iterator
from typing import Any

from sandbox import settings
from tools.testing.reports import Count

FILE = settings.STATE / 'history.json'


class History:
    """Remembers, in a file, the last run of each stage.

    Stages of the same name in `make test` and in `make test-all` are kept apart.
    """

    def __init__(self, path: pathlib.Path, digest: str) -> None:
        """Read the file.

        :param digest: of the sources, see :func:`source_digest`
        """
        self._path = path
        self._digest = digest
        self._stages = self._read()

    def seconds(self, kind: str, stage: str) -> float | None:
        """Return how long a stage took the last time it came to its end, None if it never did."""
        found = self._stages.get(f'{kind} {stage}')
        return None if found is None else float(found['seconds'])

    def passed(self, kind: str, stage: str) -> Count | None:
        """Return the count of a stage that passed with these sources in a run not yet complete."""
        found = self._stages.get(f'{kind} {stage}')
        if found is None or found['digest'] != self._digest or found['complete']:
            return None
        count = Count(**found['count'])
        return count if count.passed and not count.failed else None

    def record(self, kind: str, stage: str, count: Count, seconds: float) -> None:
        """Remember how a stage ended."""
        with self._changed() as stages:
            stages[f'{kind} {stage}'] = {
                'count': dataclasses.asdict(count), 'seconds': round(seconds, 1),
                'digest': self._digest, 'complete': False}

    def complete(self, kind: str) -> None:
        """Remember that a run came to its end, so that the next one begins anew."""
        with self._changed() as stages:
            for name, stage in stages.items():
                if name.startswith(f'{kind} '):
                    stage['complete'] = True

    def _read(self) -> dict[str, Any]:
        return json.loads(self._path.read_text()) if self._path.exists() else {}

    @contextlib.contextmanager
    def _changed(self) -> Iterator[dict[str, Any]]:
        """Change the file as it is now: stages in the background record how they ended, too."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix('.lock').open('w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._stages = self._read()
            yield self._stages
            self._path.write_text(json.dumps(self._stages, indent=1))


def source_digest() -> str:
    """Return a hash over the files of the checkout that git tracks or would track."""
    names = subprocess.run(
        ['git', '-C', str(settings.CHECKOUT), 'ls-files', '-z', '--cached', '--others',
         '--exclude-standard'], capture_output=True, check=False).stdout.split(b'\0')
    digest = hashlib.sha256()
    for name in sorted(filter(None, names)):
        path = settings.CHECKOUT / name.decode()
        if path.is_file():
            digest.update(name + b'\0' + path.read_bytes())
    return digest.hexdigest()
