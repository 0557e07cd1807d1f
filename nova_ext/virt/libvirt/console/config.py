# SPDX-License-Identifier: Apache-2.0
"""The consoles in a guest's configuration: serial ports and their logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Optional

from lxml import etree
from nova import exception as nova_exception
from nova.virt.libvirt import config as nova_config

from nova_ext.virt import port_numbers
from nova_ext.virt.libvirt import documents

#: As many serial ports as QEMU gives a guest; none of them is a pty for the log any more.
MAX_PORTS = len(port_numbers.PORTS)

#: What virtlogd, or QEMU, logs.
_LOGS = './devices//log[@file]'

#: Nova's configuration objects of serial ports.
_PORTS = (nova_config.LibvirtConfigGuestSerial, nova_config.LibvirtConfigGuestConsole)

#: Where a domain says that its consoles are logged: by virtlogd, or by QEMU itself.
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


def log_ports(devices: Iterable[Any], number: int, path: Callable[[int], str]) -> None:
    """Have further serial ports of a guest logged, as the first is.

    :param devices: as for :func:`keep_log`
    :param number: how many ports are logged, with the first
    :param path: where each is, by its number
    """
    for device in devices:
        if isinstance(device, _PORTS) and device.type == 'tcp' and 0 < device.port < number:
            device.log = nova_config.LibvirtConfigGuestCharDeviceLog()
            device.log.file = path(device.port)


def pty(is_s390x: bool) -> tuple[type, Optional[str]]:
    """What Nova makes a console of that is logged and has no port: class and type of target."""
    if is_s390x:
        return nova_config.LibvirtConfigGuestConsole, 'sclp'
    return nova_config.LibvirtConfigGuestSerial, None


def serial_devices(
        kind: Callable[[], Any], address: str, ports: Iterable[int], log_path: str) -> list[Any]:
    """Nova's configuration objects of a guest's serial ports, as Nova makes them.

    :param kind: the class of the objects
    :param address: where the guest listens
    :param log_path: where the first is logged
    """
    devices = []
    for number, port in enumerate(ports):
        device = kind()
        device.type = 'tcp'
        device.port = number
        device.listen_host = address
        device.listen_port = port
        devices.append(device)
    for first in devices[:1]:
        first.log = nova_config.LibvirtConfigGuestCharDeviceLog()
        first.log.file = log_path
    return devices


def check_ports(number: int, virt_type: str) -> None:
    """Return when a guest can have that many serial ports.

    :raises nova.exception.SerialPortNumberLimitExceeded: it cannot
    """
    if number > MAX_PORTS:
        raise nova_exception.SerialPortNumberLimitExceeded(
            allowed=MAX_PORTS, virt_type=virt_type)


def adapt_to_start(
        xml: str, take_ports: Callable[[Sequence[str]], Sequence[int]], *, append: bool) -> str:
    """The configuration of a domain that was put aside, fit to be started again.

    Its ports may be another guest's by now.

    :param xml: the domain
    :param take_ports: takes the addresses where the domain listens, gives a port for each
    :param append: whether its log goes on
    """
    domain = documents.parse(xml)
    _set_append(domain, append)
    sources = _port_sources(domain)
    for source, port in zip(sources, take_ports([source.get('host', '') for source in sources])):
        source.set('service', str(port))
    return etree.tostring(domain, encoding='unicode')


def adapt_to_destination(
        xml: str, *, has_serial_ports: bool, append: bool,
        paths: Optional[Mapping[int, str]] = None) -> str:
    """The configuration of a guest that migrates, fit for the host that it goes to.

    :param xml: the domain
    :param has_serial_ports: whether that host gives guests serial ports; where it does not, they
        become ptys, which need neither an address nor a port, and the log stays
    :param append: whether its log goes on; if not, a file that is there is replaced
    :param paths: where that host logs which port; other ports are not logged there. None: each
        where it is logged now
    """
    domain = documents.parse(xml)
    _set_append(domain, append)
    if paths is not None:
        for device in domain.findall('./devices/serial') + domain.findall('./devices/console'):
            for log in device.findall('log[@file]'):
                path = paths.get(_number(log))
                if path is None:
                    device.remove(log)
                else:
                    log.set('file', path)
    if not has_serial_ports:
        for kind in ('serial', 'console'):
            for device in domain.findall(f'./devices/{kind}[@type="tcp"]'):
                device.set('type', 'pty')
                for part in device.findall('source') + device.findall('protocol'):
                    device.remove(part)
    return etree.tostring(domain, encoding='unicode')


def _set_append(domain: Any, append: bool) -> None:
    for log in domain.iterfind(_LOGS):
        log.set('append', 'on' if append else 'off')


def is_appended(xml: str) -> bool:
    """Whether a domain's log goes on where it ended when the domain is started."""
    return any(log.get('append') == 'on' for log in documents.parse(xml).iterfind(_LOGS))


def serial_ports(xml: str) -> list[tuple[str, int]]:
    """The addresses and ports that a domain's serial consoles listen on."""
    return [(source.get('host', ''), int(source.get('service', '0')))
            for source in _port_sources(documents.parse(xml))]


def _port_sources(domain: Any) -> list[Any]:
    """Where a domain's ports are. With a serial port, the console is another name for it."""
    return list(domain.findall('./devices/serial[@type="tcp"]/source')
            or domain.findall('./devices/console[@type="tcp"]/source'))


def log_paths(xml: str) -> dict[int, str]:
    """Where each of a domain's ports is logged that is, by the number of the port."""
    domain = documents.parse(xml)
    paths: dict[int, str] = {}
    for place, attribute in _LOGGED:
        for element in domain.findall(place):
            path = element.get(attribute)
            if path:
                paths.setdefault(_number(element), path)
    return dict(sorted(paths.items()))


def _number(part: Any) -> int:
    """The number of the port that an element is of.

    Nova leaves the numbers to libvirt, which counts.
    """
    device = part.getparent()
    target = device.find('target')
    number = '' if target is None else target.get('port', '')
    if number.isdecimal():
        return int(number)
    return sum(1 for _ in device.itersiblings(device.tag, preceding=True))
