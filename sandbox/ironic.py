"""Ironic, whose machines are only pretended: fake-hardware, with which everything succeeds.

What a machine is like is found out by an inspection with the interface ``agent``: whoever asks for
it plays the agent, and posts the inventory.
"""

from __future__ import annotations

import pathlib
import string
from typing import TYPE_CHECKING

from sandbox import checks, settings
from sandbox.hosts import Host
from sandbox.processes import Service
from sandbox.startup import populate, serving
from sandbox.steps import Step

if TYPE_CHECKING:
    from sandbox.state import State

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


def write_for_cloud(host: Host, auth: str) -> None:
    """Write the file of the ironic that is on the controller."""
    write(settings.CLOUD / 'ironic', _file(host), ip=host.ip, port=settings.IRONIC_PORT,
          rpc_port=settings.IRONIC_RPC_PORT, database=settings.database_url(settings.IRONIC),
          auth=auth)


def services(host: Host, venv: pathlib.Path | None) -> list[Service]:
    """What ironic consists of; that it knows its hardware is to be waited for."""
    files = ['--config-file', str(_file(host))]
    return [
        Service('ironic-conductor', host, [f'{venv}/bin/ironic-conductor', *files]),
        Service('ironic-api', host, [f'{venv}/bin/ironic-api', *files],
                ready=checks.http(settings.IRONIC_PORT)),
    ]


def steps(cloud: State) -> list[Step]:
    """Bare metal beside the other services, and then the nova-compute for it."""
    controller, last = cloud.hosts[0], cloud.hosts[-1]
    return [
        serving('ironic', [cloud.services[name, controller.name]
                           for name in ('ironic-conductor', 'ironic-api')],
                after=('MariaDB', 'keystone')),
        Step('machines of ironic', lambda: populate(
            controller, cloud.services.values(), 'ironic'),
            after=('ironic', 'image, flavors, network')),
        # Machines that come later it notices a minute later.
        serving('nova-compute for ironic', [cloud.services['nova-compute', last.name]],
                after=('nova-conductor', 'machines of ironic')),
    ]


def _file(host: Host) -> pathlib.Path:
    return host.etc / 'ironic' / 'ironic.conf'
