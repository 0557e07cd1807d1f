# SPDX-License-Identifier: Apache-2.0
"""The guests' consoles: serial ports and a log beside them, kept wherever a guest goes.

========================== =====================================================================
``consoles.py``            what the driver asks: where the log is, what is in it
``moves.py``               what happens when a guest goes to another host, or comes
``leftovers.py``           what happens to the logs of servers that have left
``deleted.py``             what is kept of servers that were deleted: ``archive.py`` puts it aside
                           and reads it, ``expiry.py`` deletes it
``arrivals.py``            the serial ports of guests that migrate live to this host
``starting.py``            whether the log goes on when a guest starts, and what is done before
``launching.py``           the same for a guest that Nova launches as it is defined
``ports.py``               the serial ports of the host's guests, as Nova acquires them
``config.py``              consoles in a domain's XML; ``migrating.py`` in the one to migrate with,
                           by what the destination says
``log.py``, ``history.py`` the files, read and written while virtlogd moves them; ``places.py``,
                           their names outside the servers' directories, and of additional ports
``offsets.py``             a log by offset: ``extents.py`` are which bytes have which,
                           ``index.py`` is where that is noted, ``utf8.py`` where a character
                           ends; ``reading.py`` reads for others, and looks while nobody does
``counted.py``             what ``history.py`` and ``rollover.py``, before a start, do, with the
                           offsets, which ``spanning.py`` gives to what comes
``sender.py``              what a guest printed, on its way to another host, where ``receiver.py``
                           takes it
``virtlogd.py``            whether it is there, and how much it keeps
``requirements.py``        what else a host needs: ``visibility.py``, of libvirt's configuration,
                           by the mounts of its process (``nova_ext/virt/mounts.py``), and
                           ``logrotate.py``
``disk.py``                calls to the disk with the logs, each within a bound; by
                           ``deadlines.py``, those that come too late change nothing
``privileged.py``          what runs as root, in Nova's privsep daemon
========================== =====================================================================
"""
