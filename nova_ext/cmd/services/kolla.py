# SPDX-License-Identifier: Apache-2.0
"""Kolla's places: on a host, and inside its containers."""

from __future__ import annotations

from collections.abc import Iterator

from nova_ext.cmd.services import command
from nova_ext.cmd.services.tree import Tree

_HOST = '/etc/kolla'

#: From where a container copies its configuration when it starts.
_SOURCE = '/var/lib/kolla/config_files'

#: Where an operator's own settings last.
CUSTOM = '/etc/kolla/config/nova/nova-compute.conf on the deployment host'


def on_host(tree: Tree) -> Iterator[tuple[command.Command, str, str]]:
    """The compute service whose files Kolla Ansible has put on this host, if it has.

    The paste file of the API is in its image.

    :returns: the command, what restarts it, and a note
    :raises PermissionError: this cannot be known
    """
    file = f'{_HOST}/nova-compute/nova.conf'
    if tree.exists(file):
        yield (command.Command(command.COMPUTE, command.COMPUTE, (('file', file),)),
               'docker restart nova_compute',
               f'Kolla Ansible writes {file} anew: what has to last goes into {CUSTOM}.')


def has_api(tree: Tree) -> bool:
    """Whether Kolla Ansible has put the API's files on this host.

    :raises PermissionError: this cannot be known
    """
    return tree.exists(f'{_HOST}/nova-api')


def note_inside(tree: Tree) -> str:
    """What becomes of a file that is changed inside a container of Kolla's; empty: it is none.

    :raises PermissionError: this cannot be known
    """
    if not tree.exists(f'{_SOURCE}/config.json'):
        return ''
    return (f'This container copies its configuration from {_SOURCE} at each start: what has to '
            f'last goes into {CUSTOM}, and a paste file into the image.')
