# SPDX-License-Identifier: Apache-2.0
"""What a host needs so that consoles are logged, and whether it is there.

Told at the start of nova-compute and by ``nova-ext-status upgrade check``, in the same words.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from typing import Any, Optional

from oslo_config import cfg

from nova_ext import exception, findings
from nova_ext.concurrency import bounded, patience
from nova_ext.virt.libvirt.console import logrotate, places, virtlogd

#: The least versions for which libvirt hands consoles to virtlogd, as libvirt counts them.
_LIBVIRT = 1_003_003
_QEMU = 2_007_000

#: Seconds to wait for the disk with the logs.
_TIMEOUT = 4.0

#: Stands for the UUID of any server.
_ANY = '00000000-0000-4000-8000-000000000000'


def versions(connection: Any) -> Iterator[findings.Finding]:
    """Whether libvirt and QEMU are new enough.

    :param connection: a libvirt.virConnect
    :raises libvirt.libvirtError: libvirt does not answer
    """
    for name, version, needed in (('libvirt', connection.getLibVersion(), _LIBVIRT),
                                  ('QEMU', connection.getVersion(), _QEMU)):
        if version < needed:
            yield findings.error(
                f'{name} {_dotted(version)} cannot log consoles through virtlogd; '
                f'{_dotted(needed)} or newer is required')
        else:
            yield findings.ok(
                f'{name} {_dotted(version)} can log consoles through virtlogd')


def of_virtlogd(
        read: Callable[[str], str], refusal: Callable[[], Optional[str]] = virtlogd.refusal,
) -> Iterator[findings.Finding]:
    """Whether virtlogd is there and used.

    :param read: reads a configuration file, an empty one where there is none
    :param refusal: as for :func:`nova_ext.virt.libvirt.console.virtlogd.problem`
    """
    handler = virtlogd.handler(read)
    if handler is None:
        yield findings.warning(
            'Whether virtlogd writes console logs, and how much it keeps, cannot be determined '
            f'from here, where libvirt\'s {virtlogd.QEMU_CONFIGURATION} is not visible: '
            'the log begins anew at each start of a guest. Mount the file here.')
    elif handler == 'file':
        yield findings.warning(
            f'stdio_handler = "file" in {virtlogd.QEMU_CONFIGURATION}: QEMU writes console logs '
            'itself, nothing limits their size, and they begin anew at each start of a guest. '
            'Set it to "logd".')
    else:
        yield _running_virtlogd(read, refusal)


def _running_virtlogd(
        read: Callable[[str], str], refusal: Callable[[], Optional[str]]) -> findings.Finding:
    problem = virtlogd.problem(read, refusal)
    if problem:
        return findings.error(
            f'virtlogd does not answer ({problem}): no guest with a console log can be started '
            'or migrated here. Start virtlogd.socket.')
    keeps = virtlogd.known_retention(read)
    if keeps is None:
        return findings.ok(
            'virtlogd writes the console logs; how much it keeps cannot be determined from here, '
            f'where its {virtlogd.CONFIGURATION} is not visible')
    return findings.ok(
        f'virtlogd keeps {keeps.max_size} bytes and {keeps.max_backups} older files of each '
        'console log')


def directory(
        conf: cfg.ConfigOpts, is_there: Callable[[str], bool]) -> Iterator[findings.Finding]:
    """Whether the directory for logs, if one is configured, is there.

    :param is_there: tells that of a path, as :func:`is_there` does, or raises
        nova_ext.exception.NotResponding
    """
    configured = conf.nova_ext.console_log_directory
    if not configured:
        return
    try:
        there = is_there(configured)
    except exception.NotResponding as error:
        yield findings.error(
            f'[nova_ext] console_log_directory {configured} does not answer ({error}): no guest '
            'that is logged there can be started. Mount its file system again.')
        return
    if not there:
        yield findings.error(
            f'[nova_ext] console_log_directory {configured} is not there: consoles are logged '
            "in the servers' directories. Make it, for root alone.")


def rotation(conf: cfg.ConfigOpts, read: Callable[[str], str]) -> Iterator[findings.Finding]:
    """Whether virtlogd alone rotates the logs.

    :param read: as for :func:`of_virtlogd`
    """
    if virtlogd.handler(read) == 'file':
        return  # virtlogd does not
    directory = conf.nova_ext.console_log_directory
    path = (places.log_path(directory, _ANY, conf.host) if directory
            else os.path.join(conf.instances_path, _ANY, 'console.log'))
    for rule in logrotate.rules_for(path):
        yield findings.warning(
            f'logrotate rotates console logs, as virtlogd does: {rule.pattern} in {rule.file}. '
            'Lines will be lost and out of order. Change the pattern so that it does not match '
            'them.')


def is_there(path: str) -> bool:
    """Whether it is a directory, as far as this process may see."""
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except PermissionError:
        return True  # as libvirt's own, which only root may enter; virtlogd is root
    except OSError:
        return False


def is_there_in_time(path: str) -> bool:
    """As :func:`is_there`, without the daemon that looks for nova-compute.

    :raises nova_ext.exception.NotResponding: the disk does not answer in time
    """
    calls = bounded.BoundedCalls(bounded.Bounds('its disk', _TIMEOUT, 1, patience.Patience(1)))
    return calls.start(path, lambda: is_there(path)).result()


def _dotted(version: int) -> str:
    """A version as people write it."""
    return f'{version // 1_000_000}.{version // 1000 % 1000}.{version % 1000}'
