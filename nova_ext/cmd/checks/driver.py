# SPDX-License-Identifier: Apache-2.0
"""Whether nova-compute is configured to use nova-ext's driver, and finds it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from typing import Optional

from oslo_utils import importutils

import nova_ext
from nova_ext import findings
from nova_ext.cmd.edits import driver
from nova_ext.cmd.services import reading
from nova_ext.cmd.services.command import COMPUTE
from nova_ext.cmd.services.host import Host, Service

_SHIM = 'nova.virt.nova_ext'

#: What each driver of nova-ext does in Nova's place.
_PARTS = {
    'nova_ext.LibvirtDriver': 'diagnostics, console and metadata',
    'nova_ext.IronicDriver': 'diagnostics',
    'nova_ext.VMwareDriver': 'diagnostics',
}


def configured(host: Host, service: Service) -> Optional[reading.Value]:
    """The compute_driver that a service reads.

    :raises reading.Unreadable: a file cannot be parsed
    :raises OSError: a file cannot be read
    """
    return reading.value(service, 'compute_driver', host.tree)


def check(host: Host, explicit: bool) -> Iterator[findings.Finding]:
    """Look at what each nova-compute reads.

    :raises reading.Unreadable: a file cannot be parsed
    :raises OSError: a file cannot be read
    """
    if host.known and COMPUTE not in host.known and not explicit:
        if host.contained_pid(COMPUTE) is None:
            yield findings.ok('nova-compute does not run on this host')
        return
    for service in host.services_of(COMPUTE):
        found = configured(host, service)
        if found is not None:
            yield _of_value(found)
        elif COMPUTE in host.known and not explicit:
            yield findings.error(
                f'None of {", ".join(service.files.names)} has a [DEFAULT] compute_driver: '
                'nova-compute does not start.')
        else:
            yield findings.ok('No [DEFAULT] compute_driver: this is no compute host')


def _of_value(found: reading.Value) -> findings.Finding:
    name, place = found.text, f'in {found.file or found.variable}'
    if name.startswith('nova_ext.'):
        return _found(name, place)
    ours = driver.enabled(name)
    if ours is not None:
        return findings.warning(
            f'compute_driver = {name} {place} is Nova\'s own: {_PARTS[ours]} are Nova\'s. '
            f'Set it to {ours}: nova-ext-setup enable compute.')
    try:
        importutils.import_class(f'nova.virt.{name}')
    except ImportError as error:
        return findings.error(
            f'Nova has no compute_driver = {name}, which is {place}: nova-compute does not '
            f'start ({error}).')
    return findings.warning(
        f'nova-ext has no driver in the place of compute_driver = {name} {place}.')


def _found(name: str, place: str) -> findings.Finding:
    """Whether Nova finds a driver of nova-ext's."""
    try:
        shim = importlib.import_module(_SHIM)
    except ModuleNotFoundError:
        nova = importlib.import_module('nova')
        return findings.error(
            f'Nova does not find compute_driver = {name} {place}: nova-ext is in '
            f'{_folder(nova_ext.__file__)} and Nova in {_folder(nova.__file__)}. Install nova-ext '
            'where Nova is; where that is a folder of Debian\'s packages, by its package.')
    try:
        getattr(shim, name.partition('.')[2])
    except AttributeError as error:
        return findings.error(f'compute_driver = {name} {place}: {error}.')
    except ImportError as error:
        return findings.error(
            f'compute_driver = {name} {place} does not load: {error}. Install the missing '
            'module where Nova is; Nova\'s own driver needs it, too.')
    return findings.ok(f'Nova finds compute_driver = {name}, which is {place}')


def _folder(file: Optional[str]) -> str:
    """The folder that a package is in."""
    return os.path.dirname(os.path.dirname(os.path.abspath(file or '')))
