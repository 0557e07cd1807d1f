# SPDX-License-Identifier: Apache-2.0
"""Options of consoles, which nova-compute reads."""

from __future__ import annotations

from oslo_config import cfg

OPTS = [
    cfg.IntOpt(
        'console_history_bytes',
        default=1024 * 1024,
        min=0,
        max=16 * 1024 * 1024,
        help="""
How much of what a server has printed on its console goes with it when it is migrated or resized
to another host: the newest part. Also the most that a host takes from another. Read by
nova-compute.

Possible values:

* Bytes; 0: nothing.
""",
    ),
    cfg.StrOpt(
        'console_log_directory',
        help="""
Where the consoles of guests are logged, as ``<server's UUID>-<host>.console`` and its rotated
files, which virtlogd makes readable by root alone. It has to exist, and may be shared between
hosts. A guest begins to log there when it is started or comes from another host; what it printed
before stays where it was. logrotate must not rotate these files as well: the rule for ``*.log``
in libvirt's directory does not match them. Read by nova-compute.

Possible values:

* Unset: in the server's own directory, ``console.log``, where Nova has it.
* An absolute path, such as ``/var/log/libvirt/qemu``.
""",
    ),
    cfg.IntOpt(
        'console_log_ports',
        default=1,
        min=1,
        max=4,
        help="""
How many of a guest's serial ports are logged, as far as the guest has them: the first alone, or
those behind it as well (``hw:serial_port_count``). Each has a log of its own beside that of the
first, ``console.log-port1`` or ``<server's UUID>-<host>.console-port1``, which takes as much of
the disk; as much of it goes with the server to another host. For a server of an image with the
property ``nova_ext_console_log_ports``, which has the same values, that counts instead. A guest
that runs gets what is configured at its next hard reboot. Read by nova-compute.

Possible values:

* The number of ports, 1 to 4.

Related options:

* ``[serial_console] enabled``
* ``[nova_ext] allow_four_serial_ports``
""",
    ),
    cfg.BoolOpt(
        'allow_four_serial_ports',
        default=False,
        help="""
Whether a guest may have four serial ports (``hw:serial_port_count``), as many as QEMU gives it,
where Nova allows three on all architectures but s390x. Such a server cannot be started again, nor
go to another host, where Nova's limit is in force: on a host without nova-ext or without this
option, and after a rollback. Set it on all compute hosts or on none. Read by nova-compute.

Possible values:

* ``true`` or ``false``.

Related options:

* ``[serial_console] enabled``
""",
    ),
]
