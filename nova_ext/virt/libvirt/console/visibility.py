# SPDX-License-Identifier: Apache-2.0
"""Whether libvirt reads the configuration files that this process sees.

A container with nova-compute may have a file of the same name from its image, which libvirt, in
another container or on the host, never reads.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

_PROC = '/proc'

#: The processes that read them, as the kernel names them.
_DAEMONS = frozenset({'libvirtd', 'virtqemud'})


def is_read_by_libvirt(path: str) -> bool:
    """Whether libvirt reads the file that has this path here, as far as can be seen.

    It does if somebody has mounted the file or its directory here, or if libvirt's process is
    visible and has the same root file system.
    """
    mounts = _mounts('self')
    if any(point != '/' and f'{path}/'.startswith(f'{point}/') for point in mounts):
        return True
    root = mounts.get('/')
    return root is not None and any(_mounts(pid).get('/') == root for pid in _daemons())


def _daemons() -> Iterator[str]:
    """The PIDs of libvirt's daemons."""
    with contextlib.suppress(OSError):
        for pid in os.listdir(_PROC):
            with contextlib.suppress(OSError), open(
                    f'{_PROC}/{pid}/comm', encoding='utf-8', errors='replace') as file:
                if file.read().strip() in _DAEMONS:
                    yield pid


def _mounts(pid: str) -> dict[str, tuple[str, str]]:
    """The mount points that a process sees, each with its device and the directory on that.

    See proc_pid_mountinfo(5). Empty: they are not visible.
    """
    try:
        with open(f'{_PROC}/{pid}/mountinfo', encoding='utf-8', errors='replace') as file:
            fields = [line.split() for line in file]
    except OSError:
        return {}
    return {point: (device, directory) for _, _, device, directory, point, *_ in fields}
