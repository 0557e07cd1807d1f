# SPDX-License-Identifier: Apache-2.0
"""The operating system of the compute host."""

from __future__ import annotations

import pathlib
import shlex
from collections.abc import Iterable
from typing import Optional

from oslo_log import log as logging

LOG = logging.getLogger(__name__)

_OS_RELEASE = (pathlib.Path('/etc/os-release'), pathlib.Path('/usr/lib/os-release'))


def identify(candidates: Iterable[pathlib.Path] = _OS_RELEASE) -> Optional[str]:
    """ID in os-release, such as ``debian``; ``linux`` where it has none, as os-release(5) says.

    In a container it is the container's: what nova-compute can see. None without the file.
    """
    for path in candidates:
        try:
            words = shlex.split(path.read_text(), comments=True)
        except (OSError, ValueError) as error:
            LOG.debug('%s does not tell the operating system: %s', path, error)
            continue
        return dict(word.partition('=')[::2] for word in words).get('ID', 'linux')
    return None
