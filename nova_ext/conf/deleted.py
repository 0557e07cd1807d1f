# SPDX-License-Identifier: Apache-2.0
"""Options about what is kept of deleted servers, which nova-compute reads."""

from __future__ import annotations

from oslo_config import cfg

OPTS = [
    cfg.IntOpt(
        'console_log_after_delete',
        default=0,
        min=0,
        help="""
How long a host keeps the console log of a server that was deleted there, with its rotated files
and its offsets. ``GET /servers/{server_id}/console-log`` shows it to callers who fulfil the rule
``nova_ext:console_log:show_deleted``, administrators by default. A log has whatever the guest
printed, passwords among it, and the owner of a deleted server expects that it is gone. The logs
are below ``instances_path`` in ``nova-ext-deleted/<host>``, for root alone, in a directory for
each server. When its time is over, a log is shown no more, and deleted within a minute. Read by
nova-compute.

Possible values:

* Hours since the host deleted the server.
* 0: nothing is kept. What was kept before is deleted when nova-compute starts.

Related options:

* ``[nova_ext] console_log_after_delete_size``
""",
    ),
    cfg.IntOpt(
        'console_log_after_delete_size',
        default=1024,
        min=1,
        help="""
How much the console logs of deleted servers may take on a host, all of them together. When they
have more, those whose servers were deleted first are deleted first. Of a log that is greater by
itself, the newest part is kept. Read by nova-compute.

Possible values:

* MiB, 1 or more. Each file counts as a multiple of 4 KiB.

Related options:

* ``[nova_ext] console_log_after_delete``
""",
    ),
]
