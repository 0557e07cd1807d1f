# SPDX-License-Identifier: Apache-2.0
"""What a domain's metadata says, beside what the APIs say of the server."""

from __future__ import annotations

import datetime
import functools
import re
import time
from typing import Any

from lxml import etree

from sandbox import settings, state
from sandbox.client.guest import Guest

NOVA = 'http://openstack.org/xmlns/libvirt/nova/1.1'
OURS = 'http://openstack.org/xmlns/libvirt/nova-ext/1.0'

#: Seconds: the steps of two clocks and of the process table.
TOLERANCE = 3

_SCHEMA = settings.CHECKOUT / 'nova_ext/virt/libvirt/metadata/nova-ext-1.0.rng'

Said = dict[str, Any]


def check(guest: Guest, *, within: float = 0) -> None:
    """See that the live and the persistent XML say what the APIs say, field by field.

    :param within: seconds that it may take until they do
    """
    deadline = time.monotonic() + within
    while True:
        expected = true(guest)
        found = {option: said(guest, option) for option in ('', '--inactive')}
        if all(one == expected for one in found.values()) or time.monotonic() > deadline:
            break
        time.sleep(0.3)
    for option, one in found.items():
        assert one == expected, option or 'live'


def true(guest: Guest) -> Said:
    """What has to be in the metadata, from the APIs."""
    get = guest.api.get
    server = get(f'/servers/{guest.id}')['server']
    volumes = get(f'/servers/{guest.id}/os-volume_attachments')['volumeAttachments']
    ports = get(f'/servers/{guest.id}/os-interface')['interfaceAttachments']
    flavor = server['flavor']
    root_device = server['OS-EXT-SRV-ATTR:root_device_name']
    root = ('image', server['image']['id']) if server['image'] else ('volume', next(
        volume['volumeId'] for volume in volumes if volume['device'] == root_device))
    return {
        'package': installed('nova'),
        'name': server['name'],
        'creationTime': server['created'].replace('T', ' ').rstrip('Z'),
        'root': root,
        'flavor': (flavor['original_name'], *(str(flavor[name]) for name in (
            'ram', 'disk', 'swap', 'ephemeral', 'vcpus'))),
        'owner': (server['user_id'], server['tenant_id']),
        'addresses': {port['port_id']: sorted(one['ip_address'] for one in port['fixed_ips'])
                      for port in ports},
        'plugin': installed('nova_ext'),
        'host': server['OS-EXT-SRV-ATTR:host'],
        'availability_zone': server['OS-EXT-AZ:availability_zone'],
        'volumes': {volume['volumeId']: volume['device'] for volume in volumes},
        'ports': {port['port_id']: (port['mac_addr'], port['net_id']) for port in ports},
        'was started when its process says': True,
        'was refreshed in the past': True,
    }


def said(guest: Guest, option: str = '') -> Said:
    """What virsh shows.

    :param option: ``--inactive``: in the persistent XML
    """
    root = etree.fromstring(guest.host.run(
        'virsh', 'dumpxml', *([option] if option else []), guest.id))
    [nova] = root.findall(f'./metadata/{{{NOVA}}}instance')
    [ours] = root.findall(f'./metadata/{{{OURS}}}domain')
    _schema().assertValid(etree.ElementTree(ours))

    def in_nova(path: str) -> Any:
        [found] = nova.findall('/'.join(f'{{{NOVA}}}{name}' for name in path.split('/')))
        return found

    def in_ours(path: str) -> list[Any]:
        return ours.findall('/'.join(f'{{{OURS}}}{name}' for name in path.split('/')))

    return {
        'package': in_nova('package').get('version'),
        'name': in_nova('name').text,
        'creationTime': in_nova('creationTime').text,
        'root': (in_nova('root').get('type'), in_nova('root').get('uuid')),
        'flavor': (in_nova('flavor').get('name'), *(in_nova(f'flavor/{name}').text for name in (
            'memory', 'disk', 'swap', 'ephemeral', 'vcpus'))),
        'owner': (in_nova('owner/user').get('uuid'), in_nova('owner/project').get('uuid')),
        'addresses': {port.get('uuid'): sorted(one.get('address') for one in port)
                      for port in in_nova('ports')},
        'plugin': in_ours('plugin')[0].get('version'),
        'host': in_ours('host')[0].get('name'),
        'availability_zone': in_ours('host')[0].get('availability_zone'),
        'volumes': {one.get('uuid'): one.get('device') for one in in_ours('volumes/volume')},
        'ports': {one.get('uuid'): (one.get('mac'), one.get('network'))
                  for one in in_ours('ports/port')},
        'was started when its process says': _is_start(guest, ours.get('started')),
        'was refreshed in the past': _age(str(ours.attrib['refreshed'])) > -TOLERANCE,
    }


def refreshed(guest: Guest) -> str:
    """When the element was written."""
    found = re.search(r'refreshed=[\'"]([^\'"]+)', guest.xml())
    assert found is not None
    return found.group(1)


def installed(distribution: str) -> str:
    """The version that the sandbox's Nova runs with."""
    [found] = state.require().environments.nova.glob(
        f'lib/python3*/site-packages/{distribution}-*.dist-info')
    return found.name.removesuffix('.dist-info').split('-', 1)[1]


def _is_start(guest: Guest, text: str | None) -> bool:
    asked = time.time()
    uptime = guest.api.diagnostics(guest.id)['uptime']
    if text is None or uptime is None:
        return text is uptime is None
    # It was told at any moment between question and answer.
    started = time.time() - _age(text)
    return asked - TOLERANCE <= started + float(uptime) <= time.time() + TOLERANCE


def _age(text: str) -> float:
    moment = datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ').replace(
        tzinfo=datetime.timezone.utc)
    return time.time() - moment.timestamp()


@functools.cache
def _schema() -> etree.RelaxNG:
    return etree.RelaxNG(file=str(_SCHEMA))
