# SPDX-License-Identifier: Apache-2.0
"""Whether nova-ext's filter is in the paste file of each nova-api."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from nova_ext import findings
from nova_ext.cmd import paste_file
from nova_ext.cmd.checks import changed, driver
from nova_ext.cmd.services import reading
from nova_ext.cmd.services.command import API, COMPUTE
from nova_ext.cmd.services.host import Host


def check(host: Host, explicit: bool) -> Iterator[findings.Finding]:
    """Look at the paste files.

    A compute host has one, too, which nobody reads.

    :raises reading.Unreadable: a configuration file cannot be parsed
    :raises OSError: a file cannot be read
    """
    if host.known and API not in host.known and not explicit:
        if host.contained_pid(API) is None:
            yield findings.ok('nova-api does not run on this host')
        return
    seen = set()
    for service in host.services_of(API):
        path = reading.paste_file(service, host.tree)
        if path is None and API in host.known and not explicit:
            yield findings.error(
                f'There is no paste file in {", ".join(service.files.directories)}: nova-api does '
                'not start.')
        elif path is None:
            yield findings.ok(
                'There is no api-paste.ini beside the configuration: this is no API host')
        elif path not in seen:
            seen.add(path)
            found = [*paste_file.check(path, host.tree.read(path))]
            yield from found if _is_read(host, explicit) else _unread(host, path, found)
            yield from changed.since_start(host.tree, service, [path])


def _is_read(host: Host, explicit: bool) -> bool:
    """Whether there is a nova-api here that reads what was found."""
    if not explicit:
        return API in host.known
    return API in host.known or not any(
        driver.configured(host, service) for service in host.services_of(COMPUTE))


def _unread(
        host: Host, path: str, found: list[findings.Finding]) -> Iterator[findings.Finding]:
    """About a paste file of which it is not known that anybody reads it."""
    if all(finding.level == logging.INFO for finding in found):
        yield from found
    elif host.known:
        yield findings.ok(f'nova-api does not run on this host, so nobody reads {path}')
    else:
        yield findings.warning(
            f'{path} does not have nova-ext in its place. If nova-api runs on this host: '
            'nova-ext-setup enable api.')
