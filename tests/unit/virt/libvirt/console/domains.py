# SPDX-License-Identifier: Apache-2.0
"""Domains' XML as libvirt gives it back, with consoles of every kind."""

from __future__ import annotations

import uuid
from typing import Any

from lxml import etree

LOG = '/instances/{uuid}/console.log'

_DOMAIN = """<domain type='{type}' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <metadata>
    <nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1">
      <nova:name>ein Sërver &lt;1&gt; &#x1F980;</nova:name>
      <nova:flavor name="m1"><nova:memory>128</nova:memory></nova:flavor>
    </nova:instance>
  </metadata>
  <memory unit='KiB'>131072</memory>
  <vcpu placement='static'>1</vcpu>
  <os><type>{os}</type></os>
  <devices>
    {consoles}
    <memballoon model='virtio'><stats period='10'/></memballoon>
  </devices>
  <qemu:commandline><qemu:arg value='-newarg'/></qemu:commandline>
</domain>"""


def domain(consoles: str, identity: str = '', type_: str = 'test', os_type: str = 'hvm') -> str:
    """Return the XML of a domain that has these devices."""
    identity = identity or str(uuid.uuid4())
    return _DOMAIN.format(
        type=type_, os=os_type, uuid=identity, name=f'instance-{identity[:8]}',
        consoles=consoles.replace('{uuid}', identity))


def tcp(ports: int = 1, first: int = 10000, log: str = LOG, append: str = 'off',
        logged: int = 1) -> str:
    """Return serial ports, the first of which is the console as well.

    :param log: where that is logged
    :param logged: how many are, each of the others beside it
    """
    logs = [f"<log file='{log}{suffix}' append='{append}'/>"
            for suffix in ('', '-port1', '-port2', '-port3')[:logged]] + [''] * (ports - logged)
    device = """<{kind} type='tcp'>
      <source mode='bind' host='127.0.0.1' service='{service}'/><protocol type='raw'/>
      {log}<target {target}port='{port}'/></{kind}>"""
    serials = [
        device.format(kind='serial', service=first + port, log=logs[port], port=port,
                      target="type='isa-serial' ")
        for port in range(ports)]
    mirrored = device.format(
        kind='console', service=first, log=logs[0], port=0, target="type='serial' ")
    return '\n'.join([*serials, mirrored])


PTY = f"""<serial type='pty'><source path='/dev/pts/3'/><log file='{LOG}' append='off'/>
      <target type='isa-serial' port='0'/></serial>
    <console type='pty' tty='/dev/pts/3'><source path='/dev/pts/3'/>
      <log file='{LOG}' append='off'/><target type='serial' port='0'/></console>"""

#: QEMU writes it itself, as before virtlogd.
FILE = f"""<serial type='file'><source path='{LOG}'/><target port='0'/></serial>
    <serial type='pty'><target port='1'/></serial>
    <console type='file'><source path='{LOG}'/><target type='serial' port='0'/></console>"""

S390X_TCP = f"""<console type='tcp'>
      <source mode='bind' host='127.0.0.1' service='10000'/><protocol type='raw'/>
      <log file='{LOG}' append='off'/><target type='sclp' port='0'/></console>
    <console type='tcp'>
      <source mode='bind' host='127.0.0.1' service='10001'/><protocol type='raw'/>
      <target type='virtio' port='1'/></console>"""

S390X_PTY = f"""<console type='pty'><log file='{LOG}' append='off'/>
      <target type='sclp' port='0'/></console>"""

LXC = """<console type='pty'><target type='lxc' port='0'/></console>"""

KINDS = {
    'tcp': domain(tcp()), 'tcp of 2': domain(tcp(2)), 'tcp of 3': domain(tcp(3)),
    'tcp of 4': domain(tcp(4)), 'pty': domain(PTY), 'file': domain(FILE),
    's390x tcp': domain(S390X_TCP), 's390x pty': domain(S390X_PTY),
    'none': domain(''), 'lxc': domain(LXC, os_type='exe', type_='lxc'),
}

#: Those whose consoles are serial ports.
TCP_KINDS = tuple(kind for kind in KINDS if 'tcp' in kind)


def devices(xml: str) -> Any:
    """Return the element with a domain's devices."""
    return etree.fromstring(xml).find('devices')


def without_consoles(xml: str) -> str:
    """Return everything in a domain but its consoles, in canonical form for comparison."""
    parsed: Any = etree.fromstring(xml)
    for kind in ('serial', 'console'):
        for device in parsed.findall(f'./devices/{kind}'):
            parsed.find('devices').remove(device)
    return str(etree.canonicalize(etree.tostring(parsed, encoding='unicode'), strip_text=True))


def logs(xml: str) -> list[tuple[str, str]]:
    """Return the file of each log in a domain and whether the log is appended to."""
    return [(log.get('file'), log.get('append')) for log in devices(xml).iter('log')]


def sources(xml: str, kind: str) -> list[tuple[str, str]]:
    """Return the address and port of each TCP device of a kind, ``serial`` or ``console``."""
    return [(source.get('host'), source.get('service'))
            for source in devices(xml).findall(f"./{kind}[@type='tcp']/source")]


class Guest:
    """As much of nova.virt.libvirt.guest.Guest as a migration needs."""

    def __init__(self, xml: str) -> None:
        self.xml = xml

    def get_xml_desc(self, dump_inactive: bool = False, dump_sensitive: bool = False,
                     dump_migratable: bool = False) -> str:
        return self.xml
