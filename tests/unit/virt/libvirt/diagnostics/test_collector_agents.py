# SPDX-License-Identifier: Apache-2.0
"""The collector over guests with agents, of which some hang."""

from __future__ import annotations

from typing import Any, Optional

import ddt
import libvirt
import libvirt_qemu

from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.diagnostics import agents
from tests.fixtures import clock, fake_connection
from tests.unit import support
from tests.unit.virt.libvirt import hanging_base


class AgentsTestCase(hanging_base.HangingTestCase):
    """Guests whose agents have connected."""

    timeout = 3.0

    def setUp(self) -> None:
        super().setUp()
        self.guest, self.other = self.libvirtd.add('bridge'), self.libvirtd.add('bridge')
        self.guest.agent = self.other.agent = 'connected'
        self.time = self.useFixture(clock.Clock(agents))
        self.patch(libvirt_qemu, 'qemuAgentCommand', fake_connection.Domain.ask_agent)

    def answers(self, guest: Any = None) -> Optional[bool]:
        """Return whether a guest's agent answers, as the collector says."""
        answer, = self.collect_all([guest or self.guest])
        assert answer.found is not None
        self.assert_complete(answer.found)
        return answer.found.guest_agent

    def count_questions(self) -> int:
        """Return how many times an agent was asked."""
        return self.libvirtd.calls.count('agent')


@ddt.ddt
class TestAnswers(AgentsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.be_patient()

    def test_agent_that_answers_does(self) -> None:
        self.assertIs(True, self.answers())

    def test_agents_are_not_asked_where_the_operator_does_not_want_it(self) -> None:
        self.make_collector(ask_guest_agents=False)
        self.be_patient()
        self.assertIsNone(self.answers())
        self.guest.agent = 'disconnected'
        self.assertIs(False, self.answers())
        self.assertEqual(0, self.count_questions())

    def test_agent_is_not_asked_for_a_version_that_does_not_show_it(self) -> None:
        server = support.instance(uuid=self.guest.uuid)
        self.assertIsNone(self.collector.collect(server, '1.0').guest_agent)
        self.assertEqual(0, self.count_questions())

    def test_guest_without_a_channel_is_not_asked(self) -> None:
        self.guest.agent = None
        self.assertIsNone(self.answers())
        self.assertEqual(0, self.count_questions())

    def test_agent_that_has_not_connected_does_not_answer_and_is_not_asked(self) -> None:
        self.guest.agent = 'disconnected'
        self.assertIs(False, self.answers())
        self.assertEqual(0, self.count_questions())

    @ddt.data(
        (libvirt.VIR_ERR_AGENT_UNRESPONSIVE, False), (libvirt.VIR_ERR_AGENT_UNSYNCED, False),
        (libvirt.VIR_ERR_OPERATION_INVALID, None), (libvirt.VIR_ERR_NO_SUPPORT, None),
        (libvirt.VIR_ERR_INTERNAL_ERROR, None))
    @ddt.unpack
    def test_error_of_libvirt_says_whether_it_answers(
            self, code: int, expected: Optional[bool]) -> None:
        self.guest.agent_error = code
        self.assertIs(expected, self.answers())

    @ddt.data((0, 10), (libvirt.VIR_ERR_AGENT_UNRESPONSIVE, 60))
    @ddt.unpack
    def test_agent_is_asked_again_after_a_while(self, code: int, seconds: int) -> None:
        self.guest.agent_error = code
        first = self.answers()
        self.time.now += seconds - 1
        self.assertIs(first, self.answers())
        self.assertEqual(1, self.count_questions())
        self.time.now += 2
        self.guest.agent_error = libvirt.VIR_ERR_AGENT_UNSYNCED if not code else 0
        self.assertIs(not first, self.answers())
        self.assertEqual(2, self.count_questions())

    def test_agent_of_another_run_is_asked(self) -> None:
        self.answers()
        self.guest.id = 99
        self.answers()
        self.assertEqual(2, self.count_questions())

    @ddt.data((3, 1), (5, 1))
    def test_guest_that_does_not_run_is_not_asked(self, state: tuple[int, int]) -> None:
        self.guest.state = state
        if state[0] == libvirt.VIR_DOMAIN_SHUTOFF:
            self.guest.stop()
        self.assertIsNone(self.collect(self.guest).guest_agent)
        self.assertEqual(0, self.count_questions())


class TestHangingAgents(AgentsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.guest.agent_answers.clear()

    def test_it_is_unknown_and_everything_else_is_known(self) -> None:
        self.assertIsNone(self.answers())
        self.assertIsNone(self.answers())
        self.assertEqual(1, self.count_questions())

    def test_nobody_waits_for_it_or_for_other_agents_longer_than_its_bound(self) -> None:
        self.collect_all([self.guest, self.other])  # the first time, a window is waited for
        self.libvirtd.go_on()
        self.assert_eventually(lambda: self.libvirtd.busy == 0)
        self.time.now += 100
        self.guest.agent_answers.clear()
        self.assertLess(queries.AGENT_TIMEOUT, 0.3)
        for answer in self.collect_all([self.guest] * 3 + [self.other] * 3):
            assert answer.found is not None
            self.assertLess(answer.seconds, queries.AGENT_TIMEOUT + hanging_base.SLACK)
            self.assert_complete(answer.found)

    def test_other_guests_have_no_answer_at_once_while_it_is_overdue(self) -> None:
        self.answers()
        self.assert_eventually(
            lambda: self.collector.queries._agents._calls[self.guest.uuid].overdue())
        self.assertIsNone(self.answers(self.other))
        self.assertEqual(1, self.count_questions())

    def test_late_answer_counts_for_the_next_request(self) -> None:
        self.guest.agent_error = libvirt.VIR_ERR_AGENT_UNRESPONSIVE
        self.assertIsNone(self.answers())
        self.guest.agent_answers.set()
        self.assert_eventually(lambda: self.libvirtd.busy == 0)
        self.assertIs(False, self.answers())
        self.assertEqual(1, self.count_questions())

    def test_its_guest_holds_no_worker_that_other_guests_need(self) -> None:
        self.answers()
        for guest in [self.libvirtd.add() for _ in range(20)]:
            self.assert_complete(self.collect(guest))
        self.assertEqual(1, self.libvirtd.busy)
