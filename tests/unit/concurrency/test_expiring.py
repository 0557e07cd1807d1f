# SPDX-License-Identifier: Apache-2.0
"""Members that leave a set by themselves."""

from __future__ import annotations

from nova_ext.concurrency import expiring
from tests.fixtures import clock
from tests.unit import base


class TestExpiringSet(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(clock.Clock(expiring))
        self.set = expiring.ExpiringSet(60)

    def test_member_expires(self) -> None:
        self.set.add('host1')
        self.clock.now += 59
        self.assertIn('host1', self.set)
        self.assertNotIn('host2', self.set)
        self.clock.now += 2
        self.assertNotIn('host1', self.set)

    def test_member_that_is_added_again_stays_longer(self) -> None:
        self.set.add('host1')
        self.clock.now += 59
        self.set.add('host1')
        self.clock.now += 59
        self.assertIn('host1', self.set)

    def test_expired_members_take_no_memory(self) -> None:
        for number in range(100):
            self.set.add(number)
            self.clock.now += 61
        self.assertEqual({99}, self.set._until.keys())
