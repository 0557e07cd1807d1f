# SPDX-License-Identifier: Apache-2.0
"""Who may read a console log by offset: whoever may have Nova's console output."""

from __future__ import annotations

import json

import ddt
from nova import exception as nova_exception
from nova.policies import console_output

from nova_ext.hosts import reachability
from tests.fixtures import configuration
from tests.unit import support
from tests.unit.api.functional import test_console_log


@ddt.ddt
class TestPolicy(test_console_log.ConsoleLogTestCase):
    RULE = 'os_compute_api:os-console-output'

    def test_owner_may_read_and_others_do_not_learn_of_the_server(self) -> None:
        self.start()
        self.assertEqual(200, self.ask(context=support.context()).status_int)
        other = support.context(project_id='c' * 32, user_id='other')
        self.assertIn(self.server, self.read_error(self.ask(context=other), 404))
        self.assertEqual(1, len(self.driver.asked))

    def test_owner_without_the_right_is_forbidden(self) -> None:
        reader = support.context(roles=['reader'])
        self.assertIn(self.RULE, self.read_error(self.ask(context=reader), 403))

    @ddt.data('!', '@', 'project_id:%(project_id)s', 'user_id:%(user_id)s', 'role:admin')
    def test_rule_decides_as_for_the_console_output_of_nova(self, check: str) -> None:
        self.useFixture(configuration.PolicyFile(self.conf)).path.write_text(
            json.dumps({self.RULE: check}))
        self.cloud.read_policy_file()
        self.app = self.make_app()
        self.patch(reachability.ComputeHosts, 'check_reachable', test_console_log.unreachable)
        for caller in (support.context(), support.context(user_id='colleague'), support.admin()):
            try:
                caller.can(console_output.BASE_POLICY_NAME, {'project_id': support.PROJECT})
                expected = 503
            except nova_exception.PolicyNotAuthorized:
                expected = 403
            self.assertEqual(expected, self.ask(context=caller).status_int, check)
