# SPDX-License-Identifier: Apache-2.0
"""A disk with console logs that does not answer."""

from __future__ import annotations

import threading
import time
from typing import Any

from nova_ext.virt.libvirt.console import privileged
from tests.unit.virt.libvirt.console import base


class SilentDiskMixin(base.HostTestCase):
    """The disk hangs in what :meth:`hang` is given, until :attr:`over`.

    Nobody waits longer for it than 0.2 s.
    """

    def setUp(self) -> None:
        super().setUp()
        self.over = threading.Event()
        self.addCleanup(self.over.set)
        self.set_disk_timeout(0.2)
        #: What the disk was asked for while it was silent, by the function's name.
        self.calls: list[str] = []
        self.began = time.monotonic()

    def hang(self, *names: str) -> None:
        """Have these functions of the privileged daemon wait before they do anything."""
        for name in names:
            self.patch(privileged, name, self._make_hanging(name, getattr(privileged, name)))

    def _make_hanging(self, name: str, function: Any) -> Any:
        def hang(*arguments: Any, **options: Any) -> Any:
            if not self.over.is_set():
                self.calls.append(name)
                self.over.wait(20)
            return function(*arguments, **options)

        return hang

    def assert_in_time(self) -> None:
        """Assert that nobody has waited for long since the test began."""
        self.assertLess(time.monotonic() - self.began, 5)
