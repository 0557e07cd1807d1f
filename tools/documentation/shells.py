# SPDX-License-Identifier: Apache-2.0
"""A shell that commands are given to one by one, as somebody would type them."""

from __future__ import annotations

import contextlib
import os
import pathlib
import selectors
import shlex
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Done(NamedTuple):
    """What became of a command."""

    status: int
    #: What it printed, errors included.
    printed: str


class Shell:
    """One bash that keeps its variables and working directory from command to command."""

    def __init__(
            self, words: Sequence[str], environment: Mapping[str, str],
            folder: pathlib.Path) -> None:
        """Start it.

        :param words: the command that becomes it
        :param environment: all of its variables
        :param folder: where it is at first
        """
        self._process = subprocess.Popen(
            words, env=dict(environment), cwd=folder, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        # Inside a host it does not begin where it was started from.
        self.run(f'cd {shlex.quote(str(folder))}', timeout=60)

    def run(self, command: str, timeout: float, seconds: int | None = None) -> Done:
        """Run one command.

        :param timeout: seconds that it may take
        :param seconds: after which it is interrupted
        :raises TimeoutError: it took longer, and the shell is ended
        :raises EOFError: the shell has ended
        """
        mark = uuid.uuid4().hex
        if seconds is not None:
            command = f'timeout --preserve-status --signal=INT {seconds} {command}'
        # In braces, so that the command sets variables of this shell and does not read its input.
        typed = f'{{ {command}\n}} </dev/null\nprintf "\\n{mark} %d\\n" $?\n'
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # why it ended is in its output
            self._process.stdin.write(typed.encode())
            self._process.stdin.flush()
        printed, _, rest = self._read_until(f'\n{mark} ', timeout).partition(f'\n{mark} ')
        return Done(int(rest), printed)

    def end(self) -> None:
        """End it, with all that it has begun."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait()

    def _read_until(self, mark: str, timeout: float) -> str:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + timeout
        received = b''
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while True:
                text = received.decode(errors='replace')
                if '\n' in text.partition(mark)[2]:
                    return text
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self.end()
                    raise TimeoutError(f'not done within {timeout:g} s:\n{text}')
                data = os.read(descriptor, 65536)
                if not data:
                    raise EOFError(f'the shell has ended:\n{text}')
                received += data
