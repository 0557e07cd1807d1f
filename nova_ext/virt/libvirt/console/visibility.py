# SPDX-License-Identifier: Apache-2.0
"""Whether libvirt reads the configuration files that this process sees.

libvirt may run elsewhere: in a container or in a mount namespace of its own, or it is nova-compute
that does. Then there may be a file of the same name here that libvirt never reads.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from nova_ext.virt import mounts

#: The processes that read them, as the kernel names them.
_LIBVIRT = frozenset({'libvirtd', 'virtqemud'})
_VIRTLOGD = frozenset({'virtlogd'})

#: Where they listen: those that nova-compute talks to have the same directory there.
_RUN = '/run/libvirt'


def is_read_by_libvirt(path: str) -> bool:
    """Whether libvirt reads the file that has this path here, as far as can be seen.

    Where its process is visible and listens where nova-compute finds it, the path must lead both
    to the same file. Elsewhere it does if somebody has mounted the file or its directory here.
    """
    return _is_read_by((_LIBVIRT,), path)


def is_read_by_virtlogd(path: str) -> bool:
    """As :func:`is_read_by_libvirt`, for virtlogd, which is where libvirt is until it is started.

    It starts with the first guest.
    """
    return _is_read_by((_VIRTLOGD, _LIBVIRT), path)


def _is_read_by(daemons: tuple[frozenset[str], ...], path: str) -> bool:
    """Whether the first of the daemons that is visible reads a file."""
    here = mounts.Mounts.of('self')
    for names in daemons:
        others = list(_seen(names, here))
        if others:
            return all(_is_same(path, here, other) for other in others)
    # All of /etc is mounted for other reasons, by systemd's ProtectSystem= for one.
    return here.point(path) in (path, os.path.dirname(path))


def _seen(names: frozenset[str], here: mounts.Mounts) -> Iterator[mounts.Mounts]:
    """What the daemons with these names see that nova-compute can talk to."""
    for pid in _pids(names):
        other = mounts.Mounts.of(pid)
        if _is_same(_RUN, here, other):
            yield other


def _is_same(path: str, here: mounts.Mounts, other: mounts.Mounts) -> bool:
    """Whether a path is known to lead to the same here and elsewhere."""
    # What links lead to counts as well as the links.
    return all(here.place(step) == other.place(step) is not None
               for step in (path, os.path.realpath(path)))


def _pids(names: frozenset[str]) -> Iterator[str]:
    """The PIDs of root's processes with these names; others run libvirt for themselves alone."""
    with contextlib.suppress(OSError):
        for pid in os.listdir(mounts.PROC):
            with contextlib.suppress(OSError), open(
                    f'{mounts.PROC}/{pid}/comm', encoding='utf-8', errors='replace') as file:
                if file.read().strip() in names and _is_of_root(pid):
                    yield pid


def _is_of_root(pid: str) -> bool:
    return os.stat(f'{mounts.PROC}/{pid}').st_uid == os.stat(mounts.PROC).st_uid
