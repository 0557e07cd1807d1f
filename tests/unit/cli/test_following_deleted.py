# SPDX-License-Identifier: Apache-2.0
"""Following a console log that is kept when its server is deleted."""

from __future__ import annotations

from nova_ext.cli import following
from tests.unit import base
from tests.unit.cli import test_following


class TestDeleted(base.TestCase):
    def test_deletion_is_the_end_for_those_who_may_read_what_is_kept(self) -> None:
        log = test_following.Log('last ')
        is_deleted = iter([False, True])

        def delete() -> bool:
            log.deleted = next(is_deleted)
            log.append('words' * log.deleted)
            return log.deleted

        log.events = [lambda: None] * 20
        following.Follower(log.ask, delete, log.write, log.told.append, log.wait).run(10)
        self.assertEqual('last words', log.written)
        self.assertEqual(['The server has been deleted.'], log.told)
        self.assertEqual([1.0, 1.5, 2.25, 3.375, 5.0], log.waits)
