# SPDX-License-Identifier: Apache-2.0
"""The operating system of the compute host."""

from __future__ import annotations

import os
import pathlib
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Optional

from oslo_log import log as logging

from nova_ext.virt import mounts

LOG = logging.getLogger(__name__)

_OS_RELEASE = (pathlib.Path('/etc/os-release'), pathlib.Path('/usr/lib/os-release'))

#: Where managers of containers show the host's, if they do; see systemd's "Container Interface".
_OF_HOST = pathlib.Path('/run/host/os-release')

#: Files that Docker and Podman make in a container, and variables that a process has there: of
#: Podman's, and of whoever keeps to systemd's "Container Interface", and of Kubernetes'.
_FILES = (pathlib.Path('/.dockerenv'), pathlib.Path('/run/.containerenv'))
_VARIABLES = ('container', 'KUBERNETES_SERVICE_HOST')


def identify() -> Optional[str]:
    """ID in the host's os-release, such as ``debian``; None: it cannot be determined from here.

    In a container the image has an os-release of its own, which says nothing of the host. There
    the host's counts, where somebody has mounted it.
    """
    if not is_contained():
        return read(_OS_RELEASE)
    found = read([_OF_HOST, *_mounted(_OS_RELEASE)])
    if found is None:
        LOG.info("nova-compute runs in a container and cannot determine the host's operating "
                 "system. Mount the host's /etc/os-release into the container.")
    return found


def is_contained(
        files: Sequence[pathlib.Path] = _FILES,
        environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process is known to run in a container of somebody's image.

    The files are also in a machine that was made of such an image, whose root directory is all of
    a device.
    """
    if any(environ.get(name) for name in _VARIABLES):
        return True
    return any(map(os.path.exists, files)) and not mounts.Mounts.of('self').is_whole_device('/')


def read(candidates: Iterable[pathlib.Path]) -> Optional[str]:
    """ID in the first of these files that can be read; None without any.

    It is ``linux`` where the file has none, as os-release(5) says.
    """
    for path in candidates:
        try:
            words = shlex.split(path.read_text(), comments=True)
        except (OSError, ValueError) as error:
            LOG.debug('Failed to read the operating system from %s: %s', path, error)
            continue
        return dict(word.partition('=')[::2] for word in words).get('ID', 'linux')
    return None


def _mounted(candidates: Iterable[pathlib.Path]) -> Iterator[pathlib.Path]:
    """Those that are mounted by themselves, or are links to such a file."""
    here = mounts.Mounts.of('self')
    for path in candidates:
        real = os.path.realpath(path)
        if here.point(real) == real:
            yield path
