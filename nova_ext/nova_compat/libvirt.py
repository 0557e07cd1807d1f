# SPDX-License-Identifier: Apache-2.0
"""Nova's libvirt driver: what the overrides replace and call, and its connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova_ext.nova_compat.internals import Internal

INTERNALS = (
    # The driver: what the mixin overrides and what it finds there.
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.__init__', ('self', 'virtapi'),
             source=('self._host',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.init_host', ('self', 'host')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.cleanup_host', ('self', 'host')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_available_resource',
             ('self', 'nodename')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_host_uptime', ('self',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_diagnostics', ('self', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_instance_diagnostics',
             ('self', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_consoles',
             ('self', 'guest_cfg', 'instance', 'flavor', 'image_meta')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_consoles_qemu_kvm', source=(
        'self._serial_ports_already_defined(instance)',
        'self._check_number_of_serial_console(num_ports)')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_consoles_s390x', source=(
        'self._serial_ports_already_defined(instance)',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._serial_ports_already_defined',
             ('self', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._check_number_of_serial_console',
             ('self', 'num_ports')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_serial_consoles',
             ('self', 'guest_cfg', 'num_ports', 'char_dev_cls', 'log_path'), source=(
                 'console.port = port', 'console.type = "tcp"',
                 'console.listen_host = CONF.serial_console.proxyclient_address',
                 'console.listen_port = listen_port', 'console.log = log')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_pty_device',
             ('self', 'guest_cfg', 'char_dev_cls', 'target_type', 'log_path')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._is_s390x_guest', ('self', 'image_meta')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._get_serial_ports_from_guest',
             ('self', 'guest', 'mode')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_serial_console',
             ('self', 'context', 'instance'), source=("mode='bind'",)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._get_console_log_path', ('instance',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._ensure_console_log_for_instance',
             ('self', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_guest',
             ('self', 'context', 'xml', 'instance'), source=('guest.launch(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._soft_reboot', ('self', 'instance'),
             source=('self._host.get_guest(instance)', 'guest.launch(')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._resume_guest_after_snapshot',
             ('self', 'context', 'live_snapshot', 'original_power_state', 'instance', 'guest'),
             source=('guest.launch(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_console_output',
             ('self', 'context', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.rescue', ('self', 'context', 'instance'),
             source=('self._destroy(instance)',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.unrescue', ('self', 'context', 'instance'),
             source=("'unrescue.xml'", 'self._destroy(instance)')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._hard_reboot',
             ('self', 'context', 'instance'), source=('self.destroy(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._destroy', ('self', 'instance'), source=(
        'self._get_serial_ports_from_guest(guest)', 'serial_console.release_port(')),
    Internal('nova.virt.libvirt.driver', 'MAX_CONSOLE_BYTES'),
    Internal('nova.virt.libvirt.config', 'LibvirtConfigGuestCharDeviceLog', source=(
        'self.append = ',)),
    Internal('nova.virt.libvirt.utils', 'get_instance_path', ('instance',)),
    Internal('nova.console.serial', 'acquire_port', ('host',), source=(
        'ALLOCATED_PORTS.add((host, port))',)),
    Internal('nova.console.serial', 'ALLOCATED_PORTS'),
)


def connect(host: Any) -> Any:
    """Open another connection to the libvirtd of a host, as Nova opens its own.

    :param host: nova.virt.libvirt.host.Host
    :returns: libvirt.virConnect
    :raises libvirt.libvirtError: libvirtd cannot be reached
    """
    return host._connect(host._uri, host._read_only)


def call(function: Callable[..., Any], target: Any, *arguments: Any) -> Any:
    """Call a function about a domain or a connection, as Nova has the methods of these called.

    Under eventlet Nova wraps connections, and what comes from them, so that methods are called in
    native threads. A function, such as those of ``libvirt_qemu``, has to be wrapped, and takes the
    domain or the connection as libvirt's bindings made it.

    :param function: takes that and the arguments
    :param target: libvirt.virDomain or libvirt.virConnect, wrapped or not
    """
    raw = getattr(target, '_obj', None)
    if raw is None:
        return function(target, *arguments)
    return type(target)(function)(raw, *arguments)
