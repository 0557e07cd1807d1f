# SPDX-License-Identifier: Apache-2.0
"""The services of Nova's that a host runs and that nova-ext has a part in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Optional

from nova_ext.cmd.services import kolla, processes, search, units, webserver
from nova_ext.cmd.services.command import API, COMPUTE, Command
from nova_ext.cmd.services.tree import Tree

_NOTHING = search.Files([], [], [], '')


@dataclasses.dataclass(frozen=True)
class Service:
    """One of Nova's services, and the files that it reads when it starts."""

    command: Command
    files: search.Files
    #: How it is known, for the operator.
    origin: str
    #: What restarts it, for the operator.
    restart: str
    #: The process that runs it now, if one does.
    process: Optional[processes.Process] = None
    #: A sentence on what becomes of its files later; may be empty.
    note: str = ''
    #: What may not be read, so that :attr:`files` are not known; empty: they are.
    denied: str = ''

    @property
    def name(self) -> str:
        """``nova-compute`` or ``nova-api``."""
        return self.command.service


@dataclasses.dataclass(frozen=True)
class Host:
    """What was found."""

    tree: Tree
    services: list[Service]
    #: Names of the services of which a process, a unit or Kolla's files were found here; the
    #: others do not run here, unless :attr:`denied` hides them. Empty: nothing was found, and
    #: :attr:`services` has what there would be, but for what is in containers.
    known: frozenset[str]
    #: What this user may not read; more services may be behind it.
    denied: list[str]
    #: The processes of the services in containers: name and number.
    contained: list[tuple[str, int]]

    def contained_pid(self, name: str) -> Optional[int]:
        """The process of a service that runs in a container alone; None: it does not."""
        if name in self.known:
            return None
        return next((pid for its, pid in self.contained if its == name), None)

    def services_of(self, name: str) -> list[Service]:
        """The services of that name."""
        return [service for service in self.services if service.name == name]


def find(tree: Tree, explicit: Sequence[tuple[str, str]] = ()) -> Host:
    """Find the services of a host.

    :param explicit: ``('file', path)`` and ``('dir', path)``, which they are said to read
    """
    denied: list[str] = []
    contained: list[tuple[str, int]] = []
    found = [*_found(tree, denied, contained)]
    known = frozenset(service.name for service in found)
    if explicit:
        given = [_service(tree, denied, Command(name, name, tuple(explicit)), '--config-file')
                 for name in (COMPUTE, API)]
        found = [_as_found(service, found) for service in given]
    elif not found:
        # What runs in a container does not read what is here.
        elsewhere = {name for name, _ in contained}
        found = [_service(tree, denied, Command(name, name), 'by default')
                 for name in (COMPUTE, API) if name not in elsewhere]
    return Host(tree, found, known, denied, contained)


def _found(
        tree: Tree, denied: list[str], contained: list[tuple[str, int]]) -> Iterator[Service]:
    """What runs; of what does not run, what is installed; or else what Kolla manages."""
    names = set()
    installed = _installed(tree, denied)
    for process in _processes(tree, denied):
        unit = next((unit for unit in installed if unit.name == process.unit), None)
        its = process.command or (unit.command if unit else None)
        if its is None:
            continue
        service = _service(
            tree, denied, its, f'process {process.pid}', user=unit.user if unit else '',
            restart=_systemctl(process.unit) if process.unit else '', process=process)
        if _is_apart(tree, denied, service, process):
            contained.append((its.service, process.pid))
            continue
        names.add(its.service)
        yield service
    for unit in installed:
        if unit.command.service not in names:
            yield _service(tree, denied, unit.command, unit.file, user=unit.user,
                           restart=_systemctl(unit.name))
            names.add(unit.command.service)
    if not names:
        yield from _of_kolla(tree, denied)


def _is_apart(
        tree: Tree, denied: list[str], service: Service, process: processes.Process) -> bool:
    """Whether a process does not read the files that are here."""
    if process.contained:
        return True
    try:
        return not all(process.sees(name, tree)
                       for name in (*service.files.names, *service.files.missing))
    except PermissionError as error:
        denied.append(error.filename)
        return False


def _installed(tree: Tree, denied: list[str]) -> list[units.Unit]:
    found: list[units.Unit] = []
    for source in (units.find, webserver.find):
        try:
            found.extend(source(tree))
        except PermissionError as error:
            denied.append(error.filename)
    return found


def _processes(tree: Tree, denied: list[str]) -> list[processes.Process]:
    try:
        return [*processes.find(tree, denied)]
    except PermissionError as error:
        denied.append(error.filename)
        return []


def _of_kolla(tree: Tree, denied: list[str]) -> Iterator[Service]:
    try:
        managed = [*kolla.on_host(tree)]
    except PermissionError as error:
        denied.append(error.filename)
        return
    for its, restart, note in managed:
        yield _service(tree, denied, its, "Kolla's files", restart=restart, note=note)


def _service(
        tree: Tree, denied: list[str], its: Command, origin: str, *, user: str = '',
        restart: str = '', note: str = '', process: Optional[processes.Process] = None) -> Service:
    closed = ''
    try:
        home = its.environ.get('HOME') or search.home_of(user or 'nova', tree)
        files = search.find(its, home, tree)
        note = note or kolla.note_inside(tree)
    except PermissionError as error:
        closed = error.filename
        denied.append(closed)
        files = _NOTHING
    return Service(
        its, files, origin, restart or f'restart {its.service}', process, note, closed)


def _as_found(given: Service, found: list[Service]) -> Service:
    """A service whose files are given, as the one that was found with the same, if one was."""
    for service in found:
        same = (set(given.files.names) <= set(service.files.names) if given.name == API
                else given.files.names == service.files.names)
        if service.name == given.name and same:
            return dataclasses.replace(given, process=service.process, restart=service.restart)
    return given


def _systemctl(unit: str) -> str:
    return f'systemctl restart {unit}'
