# SPDX-License-Identifier: Apache-2.0
"""Whether what a running process has read or loaded was changed since."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from nova_ext import findings
from nova_ext.cmd.services.host import Service
from nova_ext.cmd.services.tree import Tree

#: Seconds by which the start of a process is known.
_PRECISION = 1.0


def since_start(
        tree: Tree, service: Service, names: Sequence[str]) -> Iterator[findings.Finding]:
    """Tell that a process has to be restarted for what was changed after it had started.

    :param names: of files that it reads when it starts
    """
    process = service.process
    if process is None:
        return
    later = [name for name in names if _changed_at(tree, name) > process.started + _PRECISION]
    if later:
        yield findings.warning(
            f'{service.name} (process {process.pid}) was started at {_at(process.started)}, '
            f'before {", ".join(later)} was changed at '
            f'{_at(max(_changed_at(tree, name) for name in later))}: {service.restart}.')


def _changed_at(tree: Tree, name: str) -> float:
    """When the content of a file was changed; 0: not known."""
    try:
        return os.stat(tree.path(name)).st_mtime
    except OSError:
        return 0


def _at(seconds: float) -> str:
    return time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(seconds))
