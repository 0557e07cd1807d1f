# SPDX-License-Identifier: Apache-2.0
"""Which of Nova's services run on a host, and whether what they read can be read."""

from __future__ import annotations

from collections.abc import Iterator

from nova_ext import findings
from nova_ext.cmd.services import reading, tree
from nova_ext.cmd.services.host import Host, Service


def check(host: Host, explicit: bool) -> Iterator[findings.Finding]:
    """Tell what each service reads.

    :param explicit: the files were named by the operator
    """
    for name in dict.fromkeys(host.denied):
        yield unknown(name)
    is_known = bool(host.known) or explicit
    if not is_known and not host.contained:
        yield findings.warning(
            'No process and no unit of nova-api or nova-compute is seen here, so what they would '
            'read by default was looked at. Where they run in a container, run this inside of it; '
            'name other files with --config-file.')
    for service in host.services:
        yield from _files(host, service)
    for name, pid in host.contained:
        told = findings.ok if is_known else findings.warning
        yield told(
            f'{name} (process {pid}) runs in a container, which was not looked into: run this '
            'inside of it')


def unknown(name: str) -> findings.Finding:
    """Of something that this user may not read."""
    return findings.warning(f'{name} cannot be read, so it is not known. {tree.remedy()}.')


def _files(host: Host, service: Service) -> Iterator[findings.Finding]:
    for name in service.files.missing:
        yield findings.error(
            f'{name}, which {service.name} ({service.origin}) is to read, is not there: it does '
            'not start.')
    for name in service.files.names:
        try:
            reading.in_file(name, 'compute_driver', host.tree)
        except reading.Unreadable as error:
            yield findings.error(f'{error}: {service.name} does not start.')
        except OSError as error:
            yield (unknown(name) if isinstance(error, PermissionError) else findings.error(
                f'{name}, which {service.name} reads, cannot be read: {error.strerror}.'))
    if service.files.names:
        yield findings.ok(
            f'{service.name} ({service.origin}) reads {", ".join(service.files.names)}')
    elif not service.denied:
        yield findings.ok(f'{service.name} ({service.origin}) reads no file')
