# SPDX-License-Identifier: Apache-2.0
"""Reading files of /proc."""

from __future__ import annotations

import os

#: Of the clock in which the kernel tells times of processes, per second.
TICKS = os.sysconf('SC_CLK_TCK')

#: More bytes than the kernel writes into any of the files that are read.
_SIZE = 2 ** 16


def read(path: str) -> bytes:
    """A whole file, read at once: those of all guests are read again and again.

    :raises OSError: it cannot be read, as when the process has ended
    """
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, _SIZE)
    finally:
        os.close(file)
