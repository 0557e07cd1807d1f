# SPDX-License-Identifier: Apache-2.0
"""Live migration: the consoles that a guest arrives with."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from oslo_log import log as logging

from nova_ext.compute import rpcapi
from nova_ext.virt.libvirt.console import config, sender

LOG = logging.getLogger(__name__)


class MigratingGuest:
    """A guest whose configuration is made fit for the destination before Nova works on it.

    Everything else is the guest's own.
    """

    def __init__(
            self, guest: Any, *, has_serial_ports: bool, append: bool,
            paths: Optional[Mapping[int, str]]) -> None:
        """Wrap a guest.

        :param guest: nova.virt.libvirt.guest.Guest
        :param has_serial_ports: whether the destination gives guests serial ports
        :param append: whether the log goes on; if not, a file that is there is replaced
        :param paths: where the destination logs which port; None: where it is logged now
        """
        self._guest = guest
        self._has_serial_ports = has_serial_ports
        self._append = append
        self._paths = paths

    def __getattr__(self, name: str) -> Any:
        """Whatever the guest has."""
        return getattr(self._guest, name)

    def get_xml_desc(self, *args: Any, dump_migratable: bool = False, **kwargs: Any) -> str:
        """The guest's configuration; the one to migrate with is what the destination can do."""
        xml: str = self._guest.get_xml_desc(
            *args, dump_migratable=dump_migratable, **kwargs)
        if not dump_migratable:
            return xml
        return config.adapt_to_destination(
            xml, has_serial_ports=self._has_serial_ports, append=self._append,
            paths=self._paths)


def ask_paths(
        client: rpcapi.ComputeAPI, context: Any, instance: Any, dest: str, ports: Iterable[int],
        nova_path: str) -> tuple[dict[int, str], bool]:
    """Where the destination logs a server's serial ports, and whether it takes their history.

    If nobody knows, it may. A failure is logged.

    :param client: asks it
    :param context: nova.context.RequestContext
    :param instance: nova.objects.Instance
    :param dest: name of the compute host
    :param ports: the numbers of the ports, the first one first
    :param nova_path: where Nova logs the first on every host
    :returns: paths by the number of the port; those that it does not log are left out
    """
    there: dict[int, str] = {}
    has_plugin = True
    deadline = time.monotonic() + sender.TIMEOUT
    try:
        for port in ports:
            path = client.get_console_log_path(context, dest, instance.uuid, port, deadline)
            if path is None:
                has_plugin = bool(there)
                break
            there[port] = path
    except Exception as error:  # Nova's place is there on every host
        LOG.warning('Failed to ask compute host %s where it logs consoles; using the '
                    'server\'s directory: %s', dest, error, instance=instance)
    there.setdefault(0, nova_path)
    for port in set(ports).difference(there):
        LOG.info('Compute host %s does not log serial port %d, whose log ends here', dest, port,
                 instance=instance)
    return there, has_plugin
