# SPDX-License-Identifier: Apache-2.0
"""Where consoles are logged in ``console_log_directory``, and serial ports beside the first.

A name there belongs to one server on one host for good. Names of domains come back: after a
database was made anew, in another cell, after a server was deleted while its host was down. A
directory may be shared between hosts, of which each writes the log of a server that migrates. And
``logrotate`` moves what ends in ``.log`` in libvirt's own directory, as virtlogd does already.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from nova.virt.libvirt import utils as libvirt_utils

from nova_ext.virt import port_numbers

#: A file's name may have 255 bytes, of which the server's UUID and what virtlogd and nova-ext
#: append take some.
_MAX_HOST = 128


def log_path(directory: str, instance_uuid: str, host: str) -> str:
    """Where the console of a server is logged while it is on a host.

    :param host: name of the compute host
    """
    return os.path.join(directory, f'{instance_uuid}-{_safe(host)}.console')


def deleted_directory(instances: str, host: str) -> str:
    """Where a host keeps the logs of servers that were deleted there.

    :param instances: the directory of the servers' directories, which hosts may share
    :param host: name of the compute host
    """
    return os.path.join(instances, 'nova-ext-deleted', _safe(host))


def _safe(host: str) -> str:
    """The name of a host, as part of a file's name."""
    return re.sub(r'[^A-Za-z0-9.-]', '_', host)[:_MAX_HOST]


def of_port(path: str, port: int) -> str:
    """Where a serial port is logged, beside the first.

    No log of another host has such a name, nor has a file that virtlogd makes of the first.

    :param path: where the first is
    :raises ValueError: there is no such port
    """
    number = port_numbers.check(port)
    return f'{path}-port{number}' if number else path


def resized_away(path: str, instance: Any, is_directory: Callable[[str], bool]) -> str:
    """Where a log lies while its server has been resized away and may come back.

    :param is_directory: tells whether a path is one
    :raises Exception: what that raises
    """
    directory = libvirt_utils.get_instance_path(instance)
    resized = f'{directory}_resize'
    if os.path.dirname(path) == directory and is_directory(resized):
        return os.path.join(resized, os.path.basename(path))
    return path
