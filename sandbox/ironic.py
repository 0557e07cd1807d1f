"""Ironic, whose machines are only pretended: fake-hardware, with which everything succeeds.

What a machine is like is found out by an inspection with the interface ``agent``: whoever asks for
it plays the agent, and posts the inventory.
"""

import pathlib

from sandbox import config, settings

#: What a machine needs before ironic may hand it to Nova.
INTERFACES = {
    'driver': 'fake-hardware', 'inspect_interface': 'agent', 'network_interface': 'noop'}


def write(
    folder: pathlib.Path, path: pathlib.Path, *, ip: str, port: int, rpc_port: int,
    database: str, keystone: bool,
) -> None:
    """Write the configuration file of ironic-api and ironic-conductor.

    :param folder: for their data
    :param path: of the file
    :param database: SQLAlchemy's URL
    :param keystone: whether who asks has to be known to keystone
    """
    sections = ''
    if keystone:
        sections = '\n'.join(
            f'[{name}]\n{config.auth_section(settings.IRONIC)}'
            for name in ('keystone_authtoken', 'service_catalog', 'nova', 'neutron', 'glance'))
    for name in ('tftp', 'http', 'lock'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(config.render('ironic.conf', {
        'auth_strategy': 'keystone' if keystone else 'noauth',
        'ip': ip, 'port': str(port), 'rpc_port': str(rpc_port), 'folder': str(folder),
        'database': database, 'sections': sections}))
