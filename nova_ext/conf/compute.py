# SPDX-License-Identifier: Apache-2.0
"""Options that nova-compute reads."""

from __future__ import annotations

from oslo_config import cfg

from nova_ext.conf import console, deleted

LIBVIRT_OPTS = [
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
How often nova-compute samples the CPU times and network counters of the host's guests.
Utilisation and rates are averages from such a sample to the moment of the request. Taking the
samples needs no answer from any guest's QEMU. Read by nova-compute.

Possible values:

* Seconds, 1 or more. A longer interval gives smoother figures.
""",
    ),
    cfg.BoolOpt(
        'ask_guest_agents',
        default=True,
        help="""
Whether the QEMU guest agent of a server is asked if it answers, when a client wants to know.
libvirt marks the domain of a guest whose agent was asked as tainted (``custom-ga-command``) and
says so once in its log. Read by nova-compute.

Possible values:

* ``true``: it is sent ``guest-ping``, at most every 10 seconds.
* ``false``: ``guest_agent`` is ``false`` where nothing in the guest has opened the agent's
  channel, and ``null`` where something has.
""",
    ),
]

VMWARE_OPTS = [
    cfg.FloatOpt(
        'vmware_timeout',
        default=4.0,
        min=0.1,
        help="""
How long nova-ext waits for each of two answers of vCenter. When its inventory has not answered in
that time, the request gets a 503; when its performance manager has not, utilisation and rates are
null, and the rest of the diagnostics is answered. Read by nova-compute with ``compute_driver =
nova_ext.VMwareDriver``.

Possible values:

* Seconds, 0.1 or more.

Related options:

* ``[nova_ext] rpc_timeout`` must be longer than both together.
""",
    ),
]

IRONIC_OPTS = [
    cfg.FloatOpt(
        'ironic_timeout',
        default=4.0,
        min=0.1,
        help="""
How long nova-ext waits for ironic: first for the node, then for its ports and its inventory at
the same time. When the node has not come in that time, the request gets a 503; when ports or
inventory have not, what they would have told is null, and the rest of the diagnostics is
answered. Read by nova-compute with ``compute_driver = nova_ext.IronicDriver``.

Possible values:

* Seconds, 0.1 or more.

Related options:

* ``[nova_ext] rpc_timeout`` must be more than a second longer than twice that.
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
nova-conductor, one more for every 500 guests, and two quick calls to libvirt for each guest.
While libvirt or nova-conductor cannot be reached, the pauses grow to 10 minutes. Read by
nova-compute.

Make it shorter, such as 60, where nova-api of Nova 32 or older runs in uWSGI or mod_wsgi: there
it notifies the host of a renamed server only while it answers later requests, or not at all.

Possible values:

* Seconds.
* 0: once, when nova-compute starts and libvirt and nova-conductor can be reached.
""",
    ),
]

OPTS = LIBVIRT_OPTS + VMWARE_OPTS + IRONIC_OPTS + console.OPTS + deleted.OPTS + METADATA_OPTS
