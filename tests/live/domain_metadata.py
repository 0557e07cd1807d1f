# SPDX-License-Identifier: Apache-2.0
"""The metadata in a domain's XML, compared with what the APIs return for the server."""

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
NOVA_EXT = 'http://openstack.org/xmlns/libvirt/nova-ext/1.0'

#: Seconds: the resolution of the timestamps and of the process table.
TOLERANCE = 3

_SCHEMA = settings.CHECKOUT / 'nova_ext/virt/libvirt/metadata/nova-ext-1.0.rng'

Metadata = dict[str, Any]


def check(guest: Guest, *, within: float = 0) -> None:
    """Check that the live and the persistent XML have what the APIs return, field by field.

    :param within: seconds within which that has to become true
    """
    deadline = time.monotonic() + within
    while True:
        expected = expected_metadata(guest)
        found = {option: read_metadata(guest, option) for option in ('', '--inactive')}
        if all(one == expected for one in found.values()) or time.monotonic() > deadline:
            break
        time.sleep(0.3)
    for option, one in found.items():
        assert one == expected, option or 'live'


def expected_metadata(guest: Guest) -> Metadata:
    """Return what the metadata has to contain, from the APIs."""
    get = guest.api.get
    server = get(f'/servers/{guest.id}')['server']
    volumes = get(f'/servers/{guest.id}/os-volume_attachments')['volumeAttachments']
    ports = get(f'/servers/{guest.id}/os-interface')['interfaceAttachments']
    flavor = server['flavor']
    root_device = server['OS-EXT-SRV-ATTR:root_device_name']
    root = ('image', server['image']['id']) if server['image'] else ('volume', next(
        volume['volumeId'] for volume in volumes if volume['device'] == root_device))
    return {
        'package': installed_version('nova'),
        'name': server['name'],
        'creationTime': server['created'].replace('T', ' ').rstrip('Z'),
        'root': root,
        'flavor': (flavor['original_name'], *(str(flavor[name]) for name in (
            'ram', 'disk', 'swap', 'ephemeral', 'vcpus'))),
        'owner': (server['user_id'], server['tenant_id']),
        'addresses': {port['port_id']: sorted(one['ip_address'] for one in port['fixed_ips'])
                      for port in ports},
        'plugin': installed_version('nova_ext'),
        'host': server['OS-EXT-SRV-ATTR:host'],
        'availability_zone': server['OS-EXT-AZ:availability_zone'],
        'volumes': {volume['volumeId']: volume['device'] for volume in volumes},
        'ports': {port['port_id']: (port['mac_addr'], port['net_id']) for port in ports},
        'started agrees with the uptime': True,
        'refreshed is in the past': True,
    }


def read_metadata(guest: Guest, option: str = '') -> Metadata:
    """Return the metadata in the domain's XML, as virsh prints it.

    :param option: ``--inactive`` for the persistent XML instead of the live one
    """
    root = etree.fromstring(guest.host.run(
        'virsh', 'dumpxml', *([option] if option else []), guest.id))
    [nova] = root.findall(f'./metadata/{{{NOVA}}}instance')
    [nova_ext] = root.findall(f'./metadata/{{{NOVA_EXT}}}domain')
    _schema().assertValid(etree.ElementTree(nova_ext))

    def in_nova(path: str) -> Any:
        [found] = nova.findall('/'.join(f'{{{NOVA}}}{name}' for name in path.split('/')))
        return found

    def in_nova_ext(path: str) -> list[Any]:
        return nova_ext.findall('/'.join(f'{{{NOVA_EXT}}}{name}' for name in path.split('/')))

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
        'plugin': in_nova_ext('plugin')[0].get('version'),
        'host': in_nova_ext('host')[0].get('name'),
        'availability_zone': in_nova_ext('host')[0].get('availability_zone'),
        'volumes': {one.get('uuid'): one.get('device') for one in in_nova_ext('volumes/volume')},
        'ports': {one.get('uuid'): (one.get('mac'), one.get('network'))
                  for one in in_nova_ext('ports/port')},
        'started agrees with the uptime': _agrees_with_uptime(guest, nova_ext.get('started')),
        'refreshed is in the past': _age(str(nova_ext.attrib['refreshed'])) > -TOLERANCE,
    }


def refresh_time(guest: Guest) -> str:
    """Return when nova-ext last wrote its element."""
    found = re.search(r'refreshed=[\'"]([^\'"]+)', guest.xml())
    assert found is not None
    return found.group(1)


def installed_version(distribution: str) -> str:
    """Return the version of a distribution where the sandbox's Nova is installed."""
    [found] = [match.group(1) for path in state.require().site_packages().iterdir()
               if (match := re.fullmatch(rf'{distribution}-(.+)\.(?:dist|egg)-info', path.name))]
    return found


def _agrees_with_uptime(guest: Guest, text: str | None) -> bool:
    """Return whether a start time agrees with the uptime that the diagnostics API returns."""
    sent = time.time()
    uptime = guest.api.diagnostics(guest.id)['uptime']
    if text is None or uptime is None:
        return text is uptime is None
    # The uptime was read at some moment between request and response.
    started = time.time() - _age(text)
    return sent - TOLERANCE <= started + float(uptime) <= time.time() + TOLERANCE


def _age(text: str) -> float:
    moment = datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ').replace(
        tzinfo=datetime.timezone.utc)
    return time.time() - moment.timestamp()


@functools.cache
def _schema() -> etree.RelaxNG:
    return etree.RelaxNG(file=str(_SCHEMA))
