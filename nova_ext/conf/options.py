# SPDX-License-Identifier: Apache-2.0
"""Options of the group ``[nova_ext]``."""

from __future__ import annotations

from oslo_config import cfg

GROUP = cfg.OptGroup(
    'nova_ext',
    title='nova-ext',
    help="""
nova-ext answers what Nova reports wrongly or not at all about a running server. These options
are read by nova-api (where the ``nova_ext`` paste filter is in the pipeline) and by nova-compute
(where ``[DEFAULT] compute_driver`` is ``nova_ext.LibvirtDriver``).
""",
)

API_OPTS = [
    cfg.ListOpt(
        'enabled_controllers',
        default=['diagnostics', 'host_status', 'hypervisors'],
        help="""
Which API controllers answer requests that carry a nova-ext version in their
``OpenStack-API-Version`` header. A request for a resource whose controller is left out goes to
Nova as if nova-ext were not installed. Read by nova-api.

Possible values:

* The names of entry points in the group ``nova_ext.api.controllers``. nova-ext brings
  ``diagnostics`` (``GET /servers/{server_id}/diagnostics``), ``host_status`` (in
  ``GET /servers/{server_id}`` and ``/servers/detail``, and as a filter) and ``hypervisors``
  (``GET /os-hypervisors``). A name that is not installed keeps nova-api from starting.
""",
    ),
    cfg.BoolOpt(
        'serve_stock_hypervisors',
        default=False,
        help="""
Whether nova-ext also answers requests for ``/os-hypervisors`` that carry no nova-ext version:
exactly as Nova would, at every compute microversion, but with a few statements where Nova makes
two or more for each hypervisor, and without asking compute hosts for their uptime. Clients that
know nothing of nova-ext (Horizon, exporters, scripts) then get their lists faster. While a cell
does not answer within ``cell_timeout``, Nova itself answers. Needs ``hypervisors`` in
``enabled_controllers``. Read by nova-api.

The one difference: at compute microversion 2.88 and later the uptime is the one that
nova-compute stored, or null, where Nova may ask the host. libvirt hosts store it from Nova 29
on, and with ``compute_driver = nova_ext.LibvirtDriver`` in every release.

Possible values:

* ``true`` or ``false``.
""",
    ),
    cfg.FloatOpt(
        'cell_timeout',
        default=10.0,
        min=0.1,
        help="""
How long nova-api waits for the database of a cell when it reads services and hypervisors. When
it has passed, the other cells' are answered and the cell is named in ``down_cells``; until its
database has answered, one request in 30 seconds waits for it. Requests that carry no nova-ext
version are left to Nova then. Read by nova-api.

Possible values:

* Seconds, 0.1 or more.

Related options:

* ``[api] list_records_by_skipping_down_cells``: when false, lists are refused that would have to
  be made without a cell.
""",
    ),
    cfg.FloatOpt(
        'rpc_timeout',
        default=10.0,
        min=1.0,
        help="""
How long nova-api waits for a compute host's answer to one of nova-ext's own requests, before
the client gets a 503 that names the host. Nova's ``rpc_response_timeout`` (60 seconds) stays in
force for everything else. Read by nova-api.

Possible values:

* Seconds, 1 or more. Keep it above ``libvirt_timeout``, so that a guest that hangs is told from
  a host that hangs.

Related options:

* ``[nova_ext] libvirt_timeout``
""",
    ),
]

COMPUTE_OPTS = [
    cfg.FloatOpt(
        'libvirt_timeout',
        default=2.0,
        min=0.1,
        help="""
How long nova-ext waits for an answer of libvirt. When a guest's QEMU has not answered in that
time, its figures of memory and disks are null, and the rest of its diagnostics is answered; when
libvirt has not, the request gets a 503. Whatever was found not to answer is not waited for again
until it has answered. Read by nova-compute.

Possible values:

* Seconds, 0.1 or more.

Related options:

* ``[nova_ext] rpc_timeout`` must be longer.
""",
    ),
    cfg.FloatOpt(
        'sample_interval',
        default=10.0,
        min=1.0,
        help="""
How often nova-compute notes the CPU times and network counters of the host's guests.
Utilisation and rates are averages from such a note to the moment of the request. Taking the
notes needs no answer from any guest's QEMU. Read by nova-compute.

Possible values:

* Seconds, 1 or more. A longer interval gives smoother figures.
""",
    ),
]

CONSOLE_OPTS = [
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

METADATA_OPTS = [
    cfg.IntOpt(
        'metadata_interval',
        default=600,
        min=0,
        help="""
How often nova-compute compares the metadata in the domains of its host with Nova's records, and
writes what has changed. Whatever nova-compute itself does to a server, and the renaming of one
through a nova-api with the plugin, is written at once; this is for the rest: a server that was
renamed through another nova-api, changed addresses, an edited domain. It takes a request to
nova-conductor, one more for every 500 guests, and two quick calls to libvirt for each guest. While
libvirt or nova-conductor cannot be reached, the pauses grow to 10 minutes. Read by nova-compute.

Make it shorter, such as 60, where nova-api of Nova 32 or older runs in uWSGI or mod_wsgi: there it
notifies the host of a renamed server only while it answers later requests, or not at all.

Possible values:

* Seconds.
* 0: once, when nova-compute starts and libvirt and nova-conductor can be reached.
""",
    ),
]

ALL_OPTS = API_OPTS + COMPUTE_OPTS + CONSOLE_OPTS + METADATA_OPTS


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Make the options known to ``conf``; doing it twice does no harm."""
    conf.register_group(GROUP)
    conf.register_opts(ALL_OPTS, group=GROUP)


def list_opts() -> dict[cfg.OptGroup, list[cfg.Opt]]:
    """The options by group, as the sample generator wants them."""
    return {GROUP: ALL_OPTS}
