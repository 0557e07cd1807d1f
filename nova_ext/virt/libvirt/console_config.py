# SPDX-License-Identifier: Apache-2.0
"""The consoles in a guest's configuration: serial ports, and the log of the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Optional

from lxml import etree
from nova import exception as nova_exception

#: As many serial ports as QEMU gives a guest; none of them is a pty for the log any more.
MAX_PORTS = 4

#: Where a domain says that its console is logged: by virtlogd, or by QEMU itself.
_LOGGED = (
    ('./devices/serial/log', 'file'),
    ('./devices/console/log', 'file'),
    ('./devices/serial[@type="file"]/source', 'path'),
    ('./devices/console[@type="file"]/source', 'path'),
)


def keep_log(devices: Iterable[Any]) -> None:
    """Have virtlogd go on with the log where a guest is started again.

    :param devices: Nova's configuration objects of a guest's devices
    """
    for device in devices:
        log = getattr(device, 'log', None)
        if log is not None:
            log.append = 'on'


def check_ports(number: int, virt_type: str) -> None:
    """Return when a guest can have that many serial ports.

    :raises nova.exception.SerialPortNumberLimitExceeded: it cannot
    """
    if number > MAX_PORTS:
        raise nova_exception.SerialPortNumberLimitExceeded(
            allowed=MAX_PORTS, virt_type=virt_type)


def fit_to_start(xml: str, acquire_port: Callable[[str, int], int]) -> str:
    """The configuration of a domain that was put aside, fit to be started again.

    Its ports were given back when it was put aside, and may be another guest's by now.

    :param xml: the domain
    :param acquire_port: takes an address and the port that the domain had there, gives one that
        it may have now
    """
    domain = etree.fromstring(xml)
    for log in domain.iterfind('./devices//log[@file]'):
        log.set('append', 'on')
    # Where there is a serial port, the console is only another name for it.
    ports = (domain.findall('./devices/serial[@type="tcp"]/source')
             or domain.findall('./devices/console[@type="tcp"]/source'))
    for source in ports:
        port = acquire_port(source.get('host', ''), int(source.get('service', '0')))
        source.set('service', str(port))
    return etree.tostring(domain, encoding='unicode')


def log_path(xml: str) -> Optional[str]:
    """Where a domain's console is logged; None: nowhere that a file would tell."""
    domain = etree.fromstring(xml)
    for place, attribute in _LOGGED:
        for element in domain.findall(place):
            path = element.get(attribute)
            if path:
                return path
    return None
