# SPDX-License-Identifier: Apache-2.0
"""Live migration: the consoles that a guest arrives with."""

from __future__ import annotations

from typing import Any, Optional

from nova_ext.virt.libvirt.console import config


class MigratingGuest:
    """A guest whose configuration is made fit for the destination before Nova works on it.

    Everything else is the guest's own.
    """

    def __init__(
            self, guest: Any, *, has_serial_ports: bool, append: bool,
            log_path: Optional[str]) -> None:
        """Wrap a guest.

        :param guest: nova.virt.libvirt.guest.Guest
        :param has_serial_ports: whether the destination gives guests serial ports
        :param append: whether the log goes on; if not, a file that is there is replaced
        :param log_path: where the destination logs the console; None: where it is logged now
        """
        self._guest = guest
        self._has_serial_ports = has_serial_ports
        self._append = append
        self._log_path = log_path

    def __getattr__(self, name: str) -> Any:
        """Whatever the guest has."""
        return getattr(self._guest, name)

    def get_xml_desc(self, *args: Any, dump_migratable: bool = False, **kwargs: Any) -> str:
        """The guest's configuration; the one to migrate with is what the destination can do."""
        xml: str = self._guest.get_xml_desc(
            *args, dump_migratable=dump_migratable, **kwargs)
        if not dump_migratable:
            return xml
        return config.fit_to_arrive(
            xml, has_serial_ports=self._has_serial_ports, append=self._append,
            log_path=self._log_path)
