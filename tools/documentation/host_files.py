# SPDX-License-Identifier: Apache-2.0
"""What a host of a page shows: files of its services, and variables of its shells."""

from __future__ import annotations

import pathlib
import shutil

from sandbox.hosts import Host
from sandbox.processes import BASE_ENVIRONMENT


def put_configuration(host: Host, source: tuple[str, str], etc: pathlib.Path) -> None:
    """What a service of that host reads, under the names that it has in production."""
    folder, nova_conf = source
    for file in (host.etc / folder).iterdir():
        if file.is_file():
            shutil.copy(file, etc / ('nova.conf' if file.name == nova_conf else file.name))


def put_units(kind: str, programs: str, folder: pathlib.Path) -> None:
    """Write units of the services that the host has, as whoever installs Nova does.

    :param programs: the folder of Nova's programs, with its last slash; empty: that of the system
    """
    commands = {
        'nova-compute': f'{programs}nova-compute',
        'nova-api': f'{programs}uwsgi --module nova.wsgi.osapi_compute:application'}
    for name, command in commands.items():
        if kind not in ('api', 'compute') or name == f'nova-{kind}':
            (folder / f'{name}.service').write_text(
                f'[Service]\nUser=nova\nExecStart={command}\n')


def environment(first: pathlib.Path | str, more: dict[str, str]) -> dict[str, str]:
    """Few variables, and a PATH that begins with that folder."""
    path = f'{first}:{BASE_ENVIRONMENT["PATH"]}' if first else BASE_ENVIRONMENT['PATH']
    return {**BASE_ENVIRONMENT, 'PATH': path, 'HOME': '/root', 'COLUMNS': '200',
            'PYTHONDONTWRITEBYTECODE': '1', 'PYTHONWARNINGS': 'ignore', **more}
