# SPDX-License-Identifier: Apache-2.0
"""What the tests of many guests' diagnostics share."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Optional

from nova_ext.virt import capabilities
from tests.fixtures import fake_libvirtd
from tests.unit.virt.libvirt import hanging_base


class BulkTestCase(hanging_base.HangingTestCase):
    """Guests with a NIC, none of which hangs at first."""

    #: How many there are.
    number = 20

    def setUp(self) -> None:
        super().setUp()
        self.guests = [self.libvirtd.add('bridge') for _ in range(self.number)]
        #: Seconds that the last request has taken.
        self.seconds = 0.0

    def collect_together(
            self, guests: Optional[Iterable[fake_libvirtd.Guest]] = None,
    ) -> Mapping[str, capabilities.Found]:
        """Return what is known of all guests, or of some."""
        began = time.monotonic()
        found = self.collector.bulk.collect_many([
            guest.uuid for guest in (self.guests if guests is None else guests)])
        self.seconds = time.monotonic() - began
        return found

    def assert_answered(
            self, found: Mapping[str, capabilities.Found],
            guests: Iterable[fake_libvirtd.Guest]) -> None:
        """Assert that everything is known of some guests."""
        for guest in guests:
            self.assertIs(True, found[guest.uuid].responding)
            self.assert_complete(found[guest.uuid].diagnostics)

    def assert_hung(
            self, found: Mapping[str, capabilities.Found],
            guests: Iterable[fake_libvirtd.Guest]) -> None:
        """Assert that of some guests is known what their QEMUs need not answer."""
        for guest in guests:
            self.assertIs(False, found[guest.uuid].responding)
            self.assert_disks_unknown(found[guest.uuid].diagnostics)
