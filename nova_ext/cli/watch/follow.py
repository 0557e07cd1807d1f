# SPDX-License-Identifier: Apache-2.0
"""Following a console log until somebody has seen enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from nova_ext.cli import following
from nova_ext.cli.watch import signals
from nova_ext.cli.watch.output import forget


def follow(
        make_follower: Callable[[Callable[[float], bool]], following.Follower], lines: int,
        output: TextIO) -> None:
    """Follow a server's log until Ctrl-C, until it is deleted or until the reader has gone.

    :param make_follower: takes what waits for some seconds, and says whether to go on
    :param lines: how many of the existing ones to print first
    :param output: where to
    :raises nova_ext.cli.exceptions.ClientError: there is no such server, or no log
    """
    try:
        with signals.Signals(output) as waiting:
            make_follower(lambda seconds: waiting.wait(
                time.monotonic() + seconds) is not signals.Event.CLOSED).run(lines)
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:
        forget(output)
