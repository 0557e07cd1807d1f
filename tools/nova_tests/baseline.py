# SPDX-License-Identifier: Apache-2.0
"""The results of Nova's tests without nova-ext, which are remembered: they never change."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib

from sandbox import settings
from tools.testing.reports import Report, Result

#: Another one may find other tests, or others' ends.
_WORKER = pathlib.Path(__file__).with_name('inside') / 'worker.py'


class Baseline:
    """The results of one job, in a file."""

    def __init__(self, name: str, what: object) -> None:
        """Know the file.

        :param name: of the file
        :param what: all that the results depend on, beside the worker
        """
        key = hashlib.sha256(repr(what).encode() + _WORKER.read_bytes()).hexdigest()[:16]
        self._name = name
        self._path = settings.CACHE / 'nova-tests' / f'{name}-{key}.json'

    def read(self) -> dict[str, Result] | None:
        """Return what is remembered; None: nothing."""
        if not self._path.exists():
            return None
        return {test: Result(**result)
                for test, result in json.loads(self._path.read_text()).items()}

    def write(self, report: Report) -> None:
        """Remember results, and forget those that depended on something else."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for old in self._path.parent.glob(f'{self._name}-{"?" * 16}.json'):
            old.unlink()
        fresh = self._path.with_suffix('.new')
        fresh.write_text(json.dumps(
            {test: dataclasses.asdict(result) for test, result in report.items()}, indent=0))
        fresh.rename(self._path)
