"""Ironic, whose machines are only pretended: fake-hardware, with which everything succeeds.

What a machine is like is found out by an inspection with the interface ``agent``: whoever asks for
it plays the agent, and posts the inventory.
"""

from __future__ import annotations

import pathlib
import string

from sandbox import checks, settings
from sandbox.hosts import Host
from sandbox.processes import Service

DRIVER = 'nova_ext.IronicDriver'

#: What a machine needs before ironic may hand it to Nova.
INTERFACES = {
    'driver': 'fake-hardware', 'inspect_interface': 'agent', 'network_interface': 'noop'}

#: What ironic asks other services for, in sections of their own, with the same account.
_SECTIONS = ('keystone_authtoken', 'service_catalog', 'nova', 'neutron', 'glance')

_TEMPLATE = pathlib.Path(__file__).with_name('templates') / 'ironic.conf'


def write(
    folder: pathlib.Path, path: pathlib.Path, *, ip: str, port: int, rpc_port: int,
    database: str, auth: str = '',
) -> None:
    """Write the configuration file of ironic-api and ironic-conductor.

    :param folder: for their data
    :param path: of the file
    :param database: SQLAlchemy's URL
    :param auth: options of ironic's account at keystone; without, everybody may do everything
    """
    for name in ('tftp', 'http', 'lock'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(string.Template(_TEMPLATE.read_text()).substitute({
        'auth_strategy': 'keystone' if auth else 'noauth',
        'ip': ip, 'port': str(port), 'rpc_port': str(rpc_port), 'folder': str(folder),
        'database': database,
        'sections': '\n'.join(f'[{name}]\n{auth}' for name in _SECTIONS if auth)}))


def services(host: Host, venv: pathlib.Path | None) -> list[Service]:
    """What ironic consists of; that it knows its hardware is to be waited for."""
    files = ['--config-file', str(host.etc / 'ironic' / 'ironic.conf')]
    return [
        Service('ironic-conductor', host, [f'{venv}/bin/ironic-conductor', *files]),
        Service('ironic-api', host, [f'{venv}/bin/ironic-api', *files],
                ready=checks.http(settings.IRONIC_PORT)),
    ]
