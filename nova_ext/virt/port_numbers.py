# SPDX-License-Identifier: Apache-2.0
"""The numbers of the serial ports that a guest may have."""

from __future__ import annotations

#: As many as QEMU gives a guest.
PORTS = range(4)


def check(port: int) -> int:
    """The number of a serial port, if it is one.

    :raises ValueError: it is none
    """
    if port not in PORTS:
        raise ValueError(f'{port!r} is no serial port; they are {PORTS[0]} to {PORTS[-1]}')
    return int(port)
