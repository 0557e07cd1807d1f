# SPDX-License-Identifier: Apache-2.0
"""Domains' XML as libvirt gives it back, with consoles of every kind."""

from __future__ import annotations

import uuid
from typing import Any

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
    """The XML of a domain that has those devices."""
    identity = identity or str(uuid.uuid4())
    return _DOMAIN.format(
        type=type_, os=os_type, uuid=identity, name=f'instance-{identity[:8]}',
        consoles=consoles.replace('{uuid}', identity))


def tcp(ports: int = 1, first: int = 10000, log: str = LOG, append: str = 'off') -> str:
    """Serial ports, the first of which is logged and is the console as well."""
    logged = f"<log file='{log}' append='{append}'/>"
    device = """<{kind} type='tcp'>
      <source mode='bind' host='127.0.0.1' service='{service}'/><protocol type='raw'/>
      {log}<target {target}port='{port}'/></{kind}>"""
    serials = [
        device.format(kind='serial', service=first + port, log='' if port else logged, port=port,
                      target="type='isa-serial' ")
        for port in range(ports)]
    mirrored = device.format(
        kind='console', service=first, log=logged, port=0, target="type='serial' ")
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


def define(connection: Any, xml: str, *, running: bool = False) -> Any:
    """A libvirt.virDomain of the test driver."""
    defined = connection.defineXML(xml)
    if running:
        defined.create()
    return defined
