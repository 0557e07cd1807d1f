# SPDX-License-Identifier: Apache-2.0
"""virtlogd, which writes the consoles' logs: whether it is there, and how much it keeps."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from typing import NamedTuple, Optional

from nova_ext.virt.libvirt.console import visibility

SOCKET = '/run/libvirt/virtlogd-sock'

#: Where libvirt reads its settings.
CONFIGURATION = '/etc/libvirt/virtlogd.conf'
QEMU_CONFIGURATION = '/etc/libvirt/qemu.conf'

#: Where libvirt itself listens, beside virtlogd.
_LIBVIRT_SOCKETS = ('/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock')

#: A number as libvirt reads it, and as it can be.
_NUMBER = re.compile(r'[0-9]{1,18}')

#: Seconds to wait for it to take a connection.
_TIMEOUT = 2.0


class Retention(NamedTuple):
    """How much of a log virtlogd keeps."""

    #: Bytes of each file.
    max_size: int = 2 * 1024 * 1024
    #: Files beside the newest.
    max_backups: int = 3


def read(path: str) -> str:
    """One of libvirt's configuration files; an empty text where there is none.

    Docker makes a directory where the source of a mount is missing, which is none either.

    :raises OSError: it cannot be read
    """
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ''


def retention(read: Callable[[str], str]) -> Retention:
    """What virtlogd is configured to keep; libvirt's defaults where it does not say.

    :param read: reads a file, an empty one where there is none
    """
    text = read(CONFIGURATION)
    return Retention(**{
        name: int(value) for name, value in (
            (name, setting(text, name)) for name in Retention._fields)
        if value is not None and _NUMBER.fullmatch(value)})


def known_retention(read: Callable[[str], str]) -> Optional[Retention]:
    """What virtlogd keeps; None: its configuration is not visible here, as in some containers.

    :param read: as for :func:`retention`
    """
    if os.path.isdir(CONFIGURATION) or not visibility.is_read_by_virtlogd(CONFIGURATION):
        return None
    return retention(read)


def setting(text: str, name: str) -> Optional[str]:
    """The value of a setting in one of libvirt's configuration files; the first one counts."""
    values = re.findall(
        rf'^[ \t]*{re.escape(name)}[ \t]*=[ \t]*["\']?([^"\'\s#]*)', text, re.MULTILINE)
    return values[0] if values else None


def handler(read: Callable[[str], str]) -> Optional[str]:
    """What libvirt has write the logs: ``logd``, or ``file`` for QEMU itself.

    None: its configuration is not visible here, as in some containers.

    :param read: as for :func:`retention`
    """
    text = read(QEMU_CONFIGURATION)
    if not text or not visibility.is_read_by_libvirt(QEMU_CONFIGURATION):
        return None
    value = setting(text, 'stdio_handler') or 'logd'
    return value if value in ('logd', 'file') else None


def refusal() -> Optional[str]:
    """Why virtlogd takes no connection; None: it does, or only root may know."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_TIMEOUT)
            connection.connect(SOCKET)
    except PermissionError:
        return None  # it is there, or its socket is left
    except OSError as error:
        return error.strerror or str(error)
    return None


def problem(
        read: Callable[[str], str],
        refusal: Callable[[], Optional[str]] = refusal) -> Optional[str]:
    """Why virtlogd, which has to write the logs, cannot be reached.

    None: it can, it is not used, or that cannot be found out here.

    :param read: as for :func:`retention`
    :param refusal: tells why it takes no connection, as :func:`refusal` does
    :returns: words for the operator
    """
    if handler(read) != 'logd':
        return None
    reason = refusal()
    if reason is None or not any(os.path.exists(sock) for sock in _LIBVIRT_SOCKETS):
        return None  # or libvirt's sockets are elsewhere
    return f'{SOCKET}: {reason}'
