# SPDX-License-Identifier: Apache-2.0
"""Many servers' diagnostics by one question after another."""

from __future__ import annotations

import threading
import time
from typing import Any, Optional

from nova import exception as nova_exception

from nova_ext.objects import diagnostics
from nova_ext.virt import one_by_one
from tests.fixtures import threads
from tests.unit import base, support


class Single:
    """Tells about one server at a time."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.seconds = 0.0
        self.state: Optional[str] = 'running'
        #: After so many answers the hypervisor is unavailable.
        self.answers = 1000
        #: What is raised of a server.
        self.errors: dict[str, Exception] = {}
        self._busy = threading.Semaphore(3)
        self.overrun = False

    def collect(self, instance: Any, version: str = '1.1') -> diagnostics.Diagnostics:
        if not self._busy.acquire(blocking=False):
            self.overrun = True
            raise AssertionError('more at a time than are allowed')
        try:
            self.asked.append(instance.uuid)
            time.sleep(self.seconds)
            if len(self.asked) > self.answers:
                raise nova_exception.HypervisorUnavailable()
            if instance.uuid in self.errors:
                raise self.errors[instance.uuid]
            return diagnostics.Diagnostics(state=self.state, driver='x')
        finally:
            self._busy.release()


class TestOneByOne(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        support.instance()
        self.single = Single()
        self.uuids = [str(number) * 8 + '-6a1f-4ac6-a4c8-6d8b32a3d1b1' for number in range(10)]
        self.many = one_by_one.OneByOne(self.single, 'x', at_once=3)

    def test_every_server_is_asked_about_once(self) -> None:
        self.single.seconds = 0.01
        found = self.many.collect_many(self.uuids)
        self.assertEqual(self.uuids, list(found))
        self.assertEqual(self.uuids, sorted(self.single.asked))
        self.assertTrue(all(one.responding for one in found.values()))
        self.assertEqual({'running'}, {one.diagnostics.state for one in found.values()})
        self.assertFalse(self.single.overrun)
        self.assertEqual({}, self.many.collect_many([]))

    def test_servers_are_asked_about_where_no_thread_can_be_started(self) -> None:
        self.useFixture(threads.NoThreads())
        self.assertEqual(self.uuids, list(self.many.collect_many(self.uuids)))
        self.assertEqual(self.uuids, self.single.asked)

    def test_server_whose_state_is_not_known_responds(self) -> None:
        """As a node in maintenance, about which ironic has answered."""
        self.single.state = None
        found = self.many.collect_many(self.uuids[:1])
        self.assertTrue(found[self.uuids[0]].responding)

    def test_server_that_cannot_be_read_is_left_out(self) -> None:
        gone, odd, *others = self.uuids
        self.single.errors = {
            gone: nova_exception.InstanceNotFound(instance_id=gone), odd: KeyError('odd')}
        found = self.many.collect_many(self.uuids)
        self.assertEqual({'running'}, {found[uuid].diagnostics.state for uuid in others})
        self.assertEqual((True, 'pending', 'x'), (
            found[gone].responding, found[gone].diagnostics.state, found[gone].diagnostics.driver))
        self.assertEqual((False, None), (found[odd].responding, found[odd].diagnostics.state))
        self.assertIn("Failed to read diagnostics: KeyError('odd')", self.logs.text)

    def test_first_servers_are_told_about_when_time_is_up(self) -> None:
        self.single.seconds = 0.2
        self.patch(one_by_one, 'BEGIN_WITHIN', 0.3)
        found = self.many.collect_many(self.uuids)
        self.assertEqual(self.uuids[:len(found)], list(found))
        self.assertEqual(sorted(self.single.asked), sorted(found))
        self.assertLess(len(found), len(self.uuids))
        self.assertTrue(all(one.responding for one in found.values()))

    def test_unavailable_hypervisor_is_not_asked_about_the_others(self) -> None:
        self.single.answers = 0
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.many.collect_many(self.uuids)
        self.assertLessEqual(len(self.single.asked), 5)

    def test_server_that_hangs_keeps_none_of_the_others_from_being_told_about(self) -> None:
        stuck = self.uuids[0], self.uuids[4]
        self.single.errors = {uuid: nova_exception.HypervisorUnavailable() for uuid in stuck}
        found = self.many.collect_many(self.uuids)
        self.assertEqual(self.uuids, list(found))
        self.assertEqual(
            list(stuck), [uuid for uuid, one in found.items() if not one.responding])
        self.assertEqual({'x'}, {one.diagnostics.driver for one in found.values()})

    def test_answers_are_kept_when_the_hypervisor_becomes_unavailable(self) -> None:
        self.single.answers = 4
        many = one_by_one.OneByOne(self.single, 'x', at_once=1)
        found = many.collect_many(self.uuids)
        self.assertEqual(4, sum(one.responding for one in found.values()))
        self.assertEqual(self.uuids[:5], list(found))
