# SPDX-License-Identifier: Apache-2.0
"""Changes of a log that come too late, and are not made.

A call to a disk that does not answer is given up, not cancelled: it goes on when the disk is back.
By then the server may have left again, its guest may write the log, and a newer history may be in
its place. So whatever moves a history asks, once it has seen the disk and just before it changes
something, whether it is still in time.

Within its time a change cannot be mixed with another: calls about one server are made one after
the other (``disk.py``), and the start of its guest is preceded by one. What was given up early,
because many wait, may still be made then: once, for a history is never sent again, and its sender,
who is told that it has not arrived, keeps a copy. A disk that falls silent within the change
itself keeps virtlogd from opening the log until that is done.
"""

from __future__ import annotations

import math
import time

from nova_ext import exception

#: There is time without end.
NEVER = math.inf


def check(deadline: float) -> None:
    """Return when there is time.

    :param deadline: seconds of the monotonic clock, which the processes of a machine share
    :raises nova_ext.exception.NotResponding: there is none
    """
    if time.monotonic() >= deadline:
        raise exception.NotResponding('nobody waits any more for what would be done now')
