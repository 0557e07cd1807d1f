# SPDX-License-Identifier: Apache-2.0
"""Which driver the nova-compute that runs has loaded.

Nova says so in its log when it starts; that line is believed if this very process has written it.
Where there is no such log, the process has loaded what is configured, if nothing of it was changed
since it started.
"""

from __future__ import annotations

from collections.abc import Iterator

from nova_ext import findings
from nova_ext.cmd.checks import changed, driver, installation, log
from nova_ext.cmd.services.command import COMPUTE
from nova_ext.cmd.services.host import Host, Service
from nova_ext.cmd.services.processes import Process


def check(host: Host) -> Iterator[findings.Finding]:
    """Tell what each nova-compute that runs has loaded.

    :raises reading.Unreadable: a configuration file cannot be parsed
    :raises OSError: a configuration file cannot be read
    """
    for service in host.services_of(COMPUTE):
        if service.process is not None:
            yield from _of_process(host, service, service.process)
        elif COMPUTE in host.known and not service.denied:
            yield findings.ok(f'No nova-compute that reads {", ".join(service.files.names)} '
                                'runs now')


def _of_process(host: Host, service: Service, process: Process) -> Iterator[findings.Finding]:
    which = f'nova-compute (process {process.pid})'
    configured = driver.configured(host, service)
    found = log.find(host, service, process)
    if configured is None:
        return
    if found is None:
        stale = [*changed.since_start(host.tree, service, service.files.names)]
        if not stale:
            yield findings.ok(
                f'{which} has loaded {configured.text}: its configuration was not changed since '
                'it started')
        yield from stale
    elif found.driver != configured.text:
        yield findings.warning(
            f'{which} has loaded {found.driver}, as {found.where} says, and is configured for '
            f'{configured.text}: {service.restart}.')
    else:
        yield findings.ok(f'{which} has loaded {found.driver}, as {found.where} says')
    if configured.text.startswith('nova_ext.'):
        yield from changed.since_start(host.tree, service, installation.marks())
