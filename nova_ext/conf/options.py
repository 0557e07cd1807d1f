# SPDX-License-Identifier: Apache-2.0
"""Options of the group ``[nova_ext]``."""

from __future__ import annotations

from oslo_config import cfg

from nova_ext.conf import compute

GROUP = cfg.OptGroup(
    'nova_ext',
    title='nova-ext',
    help="""
nova-ext answers what Nova reports wrongly or not at all about a running server. These options
are read by nova-api (where the ``nova_ext`` paste filter is in the pipeline) and by nova-compute
(where ``[DEFAULT] compute_driver`` is ``nova_ext.LibvirtDriver``, ``nova_ext.VMwareDriver`` or
``nova_ext.IronicDriver``).
""",
)

API_OPTS = [
    cfg.ListOpt(
        'enabled_controllers',
        default=['diagnostics', 'host_diagnostics', 'host_status', 'hypervisors', 'console_log'],
        help="""
Which API controllers answer requests that carry a nova-ext version in their
``OpenStack-API-Version`` header. A request for a resource whose controller is left out goes to
Nova as if nova-ext were not installed. Read by nova-api.

Possible values:

* The names of entry points in the group ``nova_ext.api.controllers``. nova-ext brings
  ``diagnostics`` (``GET /servers/{server_id}/diagnostics``), ``host_diagnostics``
  (``GET /os-hypervisors/{hypervisor_id}/diagnostics`` and ``GET /nova-ext/diagnostics``),
  ``host_status`` (in ``GET /servers/{server_id}`` and ``/servers/detail``, and as a filter),
  ``hypervisors`` (``GET /os-hypervisors``) and ``console_log``
  (``GET /servers/{server_id}/console-log``). A name that is not installed keeps nova-api from
  starting.
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
How long nova-api waits for the database of a cell when it reads services and hypervisors. After
that, the list is returned without the cell, which is named in ``down_cells``. Until its database
answers again, only one request every 30 seconds waits for it; requests without a nova-ext version
are left to Nova. Read by nova-api.

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
the client gets a 503 that names the host. In ``GET /nova-ext/diagnostics`` it is the time in
which all hosts have to answer; those that have not are named in ``missing_hosts``. Nova's
``rpc_response_timeout`` (60 seconds) stays in force for everything else. Read by nova-api.

Possible values:

* Seconds, 1 or more. Keep it above ``libvirt_timeout``, and more than a second above twice
  ``vmware_timeout`` and twice ``ironic_timeout``, so that a guest, a vCenter or an ironic that
  hangs can be distinguished from a host that hangs.

Related options:

* ``[nova_ext] libvirt_timeout``
* ``[nova_ext] vmware_timeout``
* ``[nova_ext] ironic_timeout``
""",
    ),
]

ALL_OPTS = API_OPTS + compute.OPTS


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Make the options known to ``conf``; doing it twice does no harm."""
    conf.register_group(GROUP)
    conf.register_opts(ALL_OPTS, group=GROUP)


def list_opts() -> dict[cfg.OptGroup, list[cfg.Opt]]:
    """The options by group, as the sample generator wants them."""
    return {GROUP: ALL_OPTS}
