# SPDX-License-Identifier: Apache-2.0
"""Runs one part: ``python3 -m bench.part NAME``. Terminated, it takes down what it has set up."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Sequence

from sandbox import settings

#: Seconds for a part that has taken too long to take down what it has set up.
GRACE = 120.0

#: Seconds in which a part that was killed has closed its output.
_CLOSED = 5.0


def run(command: Sequence[str], timeout: float, *, grace: float = GRACE) -> str:
    """Run the command of a part, and return what it prints.

    :param timeout: seconds after which it is terminated
    :param grace: seconds after which it is killed then
    :raises subprocess.TimeoutExpired: it has not come to its end, with what it printed
    :raises subprocess.CalledProcessError: it failed, with what it printed
    """
    process = subprocess.Popen(
        command, cwd=settings.CHECKOUT, text=True, stdout=subprocess.PIPE, start_new_session=True)
    try:
        printed, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        printed = _last_words(process, grace)
        raise subprocess.TimeoutExpired(process.args, timeout, printed) from None
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        _last_words(process, grace)
        raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args, printed)
    return printed


def _last_words(process: subprocess.Popen[str], grace: float) -> str:
    try:
        return process.communicate(timeout=grace)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    try:
        return process.communicate(timeout=_CLOSED)[0]
    except subprocess.TimeoutExpired as error:  # what it has started holds the pipe
        return error.stdout.decode() if error.stdout else ''


def _main(name: str) -> None:
    # The end of a part by a signal is one by an exception, after which contexts are left.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    runpy.run_module(f'bench.{name}', run_name='__main__')


if __name__ == '__main__':
    _main(sys.argv[1])
