# SPDX-License-Identifier: Apache-2.0
"""The guests' consoles: serial ports and a log beside them, kept wherever a guest goes.

========================= ======================================================================
``consoles.py``           what the driver asks: where the log is, what is in it
``moves.py``              what happens when a guest goes to another host, or comes
``config.py``             consoles in a domain's XML; ``migrating.py`` in the one to migrate with
``log.py``, ``history.py``  the files, read and written while virtlogd moves them
``sender.py``             what a guest printed, on its way to another host, where ``receiver.py``
                          takes it
``virtlogd.py``           whether it is there, and how much it keeps
``privileged.py``         what runs with a root's rights
========================= ======================================================================
"""
