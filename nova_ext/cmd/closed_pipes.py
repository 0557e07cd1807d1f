# SPDX-License-Identifier: Apache-2.0
"""Commands whose output is read in part only: ``| head``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

#: The exit status of a command that SIGPIPE ends, as cliff's commands have it, too.
CLOSED = 128 + 13


def run(main: Callable[[], int]) -> int:
    """Run a command, and end it without a word when nobody reads its output any more.

    :param main: returns the exit status
    :returns: that status, or :data:`CLOSED`
    """
    try:
        try:
            return main()
        finally:  # also of a parser's help, which ends with SystemExit
            # Here, not when the interpreter ends, where it would be a traceback.
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer goes nowhere, instead of failing when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
