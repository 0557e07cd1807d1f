# SPDX-License-Identifier: Apache-2.0
"""The services of a host, what they read, and whether they use nova-ext, for the operator."""

from __future__ import annotations

from collections.abc import Iterator

from nova_ext.cmd import paste_file
from nova_ext.cmd.edits import driver
from nova_ext.cmd.services import reading
from nova_ext.cmd.services.command import COMPUTE
from nova_ext.cmd.services.host import Host, Service
from nova_ext.cmd.services.tree import Tree


def lines(host: Host) -> Iterator[str]:
    """The lines to print."""
    for service in host.services:
        yield f'{service.name} ({service.origin})'
        for name in service.files.names:
            yield f'  reads {name}'
        for name in service.files.missing:
            yield f'  reads {name}, which is not there'
        try:
            yield from _compute(service, host.tree) if service.name == COMPUTE else (
                _api(service, host.tree))
        except reading.Unreadable as error:
            yield f'  {error}'
        except OSError as error:
            yield f'  {error.filename}: {error.strerror}; it is not known'
    for name, pid in host.contained:
        yield f'{name} (process {pid}) runs in a container, which was not looked into'
    for name in dict.fromkeys(host.denied):
        yield f'{name} may not be read by this user: there may be more'


def _compute(service: Service, tree: Tree) -> Iterator[str]:
    found = reading.value(service, 'compute_driver', tree)
    if found is None:
        yield '  compute_driver is not set'
        return
    yield f'  compute_driver = {found.text}, from {found.file or found.variable}'
    yield f'  nova-ext is {"" if found.text in driver.DRIVERS else "not "}enabled'


def _api(service: Service, tree: Tree) -> Iterator[str]:
    path = reading.paste_file(service, tree)
    if path is None:
        yield '  there is no paste file'
        return
    yield f'  paste file {path}'
    try:
        found = paste_file.parse(tree.read(path))
    except paste_file.Unreadable as error:
        yield f'  {path} {error}'
        return
    enabled = [paste_file.is_in_place(words, found.filters) for words in found.pipelines.values()]
    state = 'enabled' if enabled and all(enabled) else (
        'not enabled' if not any(enabled) else 'enabled in part')
    yield f'  nova-ext is {state}'
