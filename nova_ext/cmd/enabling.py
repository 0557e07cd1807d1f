# SPDX-License-Identifier: Apache-2.0
"""What has to be changed so that a service of Nova's uses nova-ext, or no longer does."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Optional

from nova_ext.cmd import paste_file
from nova_ext.cmd.edits import driver, pipelines
from nova_ext.cmd.edits.files import Change
from nova_ext.cmd.services import command, kolla, reading
from nova_ext.cmd.services.command import API, COMPUTE
from nova_ext.cmd.services.host import Host, Service
from nova_ext.cmd.services.tree import Tree, remedy

#: By what the operator calls them.
PARTS = {'api': API, 'compute': COMPUTE}

_OPTION = 'compute_driver'

#: Where Nova looks for nova-ext's drivers.
_SHIM = 'virt/nova_ext/__init__.py'

#: What is below belongs to packages, which replace it.
_PACKAGED = '/usr/'


class Refused(Exception):
    """It cannot be done; the error's text is one sentence for the operator."""


def services(host: Host, name: str, explicit: bool) -> list[Service]:
    """The services of a name that a change is for.

    :raises Refused: there is none, or it cannot be known which files it reads
    """
    found = host.services_of(name)
    # Where files are named, it does not matter what else runs here.
    denied = [service.denied for service in found if service.denied] if explicit else host.denied
    if denied:
        raise Refused(f'{denied[0]} may not be read by this user. {remedy()}.')
    if explicit:
        return found
    if host.known and name == API and name not in host.known and kolla.has_api(host.tree):
        raise Refused(
            'The paste file of Kolla\'s nova-api is in its image, where it has to be changed.')
    inside = host.contained_pid(name)
    if inside is not None:
        raise Refused(
            f'{name} (process {inside}) runs in a container: run this inside of it, or name '
            'the file to change with --config-file.')
    if host.known and name not in host.known:
        raise Refused(
            f'{name} does not run on this host, as far as its processes and units tell: name the '
            'file to change with --config-file.')
    for service in found:
        if kolla.note_inside(host.tree):
            raise Refused(kolla.note_inside(host.tree) + ' Use --config-file to change it anyway.')
        if _is_checked(host.tree):
            _check_environment(service)
    return found


def compute(host: Host, service: Service, enable: bool, explicit: bool) -> Iterator[Change]:
    """The change of compute_driver, if there has to be one.

    :raises Refused: it cannot be done
    :raises OSError: a file cannot be read
    :raises reading.Unreadable: a file cannot be parsed
    """
    _check_files(service)
    found = reading.value(service, _OPTION, host.tree)
    if found is not None and found.variable:
        raise Refused(f'{found.variable} in the environment of {service.name} overrides every '
                      'file: change it there.')
    if (found is not None and found.text in driver.DRIVERS) == enable:
        return
    if found is None:
        if not explicit:
            raise Refused(f'None of {_list(service.files.names)} has a {_OPTION}: is this a '
                          'compute host? Use --config-file to set it anyway.')
        yield _change(host, service.files.names[-1],
                      lambda text: driver.add(text, next(iter(driver.DRIVERS))))
    elif enable:
        yield _enabled(host, service, found)
    else:
        ours = found.text
        text = host.tree.read(found.file)
        without = driver.remove(text, ours)
        yield Change(found.file, text, without if without != text else driver.replace(
            text, ours, driver.DRIVERS[ours]))


def api(host: Host, service: Service, enable: bool, explicit: bool) -> Iterator[Change]:
    """The change of the paste file, if there has to be one.

    :raises Refused: it cannot be done
    :raises OSError: a file cannot be read
    :raises reading.Unreadable: a file cannot be parsed
    """
    path = _insisted_paste(host, service) if explicit else None
    if path is None:
        if explicit:
            _check_files(service)
        path = reading.paste_file(service, host.tree)
    if path is None:
        raise Refused(
            f'There is no api-paste.ini in {_list(service.files.directories)}: name it with '
            '--config-file.')
    try:
        change = _change(host, path, pipelines.enable if enable else pipelines.disable)
    except paste_file.Unreadable as error:
        raise Refused(f'{path} {error}.') from error
    if change.after != change.before:
        yield change


def _enabled(host: Host, service: Service, found: reading.Value) -> Change:
    ours = driver.enabled(found.text)
    if ours is None:
        raise Refused(f'nova-ext has no driver in the place of {_OPTION} = {found.text}, which '
                      f'{found.file} has.')
    if not found.file.startswith(_PACKAGED):
        return _change(host, found.file, lambda text: driver.replace(text, found.text, ours))
    own = [name for name in service.files.names if not name.startswith(_PACKAGED)]
    if not own:
        raise Refused(f'{found.file} belongs to a package, and {service.name} reads no other '
                      'file: make /etc/nova/nova.conf.')
    return _change(host, own[-1], lambda text: driver.add(text, ours))


def _change(host: Host, name: str, edit: Callable[[str], str]) -> Change:
    text = host.tree.read(name)
    return Change(name, text, edit(text))


def _insisted_paste(host: Host, service: Service) -> Optional[str]:
    """The last of the files that were named that is a paste file."""
    for name in reversed(service.files.names):
        if re.search(r'^\[(composite|app|filter|pipeline):', host.tree.read(name), re.MULTILINE):
            return name
    return None


def _check_files(service: Service) -> None:
    if service.files.missing:
        raise Refused(f'{service.files.missing[0]}, which {service.name} is to read, is not '
                      'there.')
    if not service.files.names:
        raise Refused(f'No configuration file of {service.name} is in '
                      f'{_list(service.files.directories)}: name it with --config-file.')


def _is_checked(tree: Tree) -> bool:
    """Whether the services' Python can be this process's."""
    return not tree.is_foreign


def _check_environment(service: Service) -> None:
    """Whether the service will find nova-ext where this command is from."""
    prefix = service.command.prefix
    if not command.is_this_environment(prefix):
        raise Refused(f'{service.name} runs in {prefix}, and this is the command of {sys.prefix}: '
                      f'run {prefix}/bin/nova-ext-setup.')
    nova = importlib.util.find_spec('nova')
    if nova is not None and nova.origin is not None and service.name == COMPUTE:
        folder = os.path.dirname(nova.origin)
        if not os.path.exists(os.path.join(folder, _SHIM)):
            raise Refused(f'Nova is in {folder} and would not find nova-ext\'s driver: install '
                          'nova-ext where Nova is.')


def _list(names: list[str]) -> str:
    return ', '.join(names)
