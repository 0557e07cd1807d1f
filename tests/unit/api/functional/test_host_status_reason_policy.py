# SPDX-License-Identifier: Apache-2.0
"""Who may see what the status of a server's host was judged by."""

from __future__ import annotations

from typing import Any

import ddt

from tests.fixtures import configuration
from tests.unit import support
from tests.unit.api.functional import base

VERSION_1_2 = 'compute 2.1, nova-ext 1.2'

HOST_STATUS = 'os_compute_api:servers:show:host_status'
UNKNOWN_ONLY = f'{HOST_STATUS}:unknown-only'
REASON = 'nova_ext:host_status:show_reason'


@ddt.ddt
class TestPolicy(base.ServersTestCase):
    FIELDS = base.ServersTestCase.FIELDS | {'host_status_reason', 'host_status_since'}

    def setUp(self) -> None:
        super().setUp()
        self.cloud.add_host('host', silent=True, disabled_reason='secret')
        self.server = self.cloud.add_server('host')

    def set_rules(self, **rules: str) -> None:
        """Set rules in Nova's policy file."""
        policy_file = self.useFixture(configuration.PolicyFile(self.conf)).path
        policy_file.write_text(''.join(
            f'"{name}": "{check}"\n' for name, check in rules.items()))
        self.cloud.read_policy_file()

    def show(self, context: Any = None) -> set[str]:
        """Return which of nova-ext's fields somebody sees."""
        server = self.show_server(self.server, VERSION_1_2, context)
        return {*server.keys()} & self.FIELDS

    def test_administrator_sees_it_and_member_sees_nothing_by_default(self) -> None:
        self.assertEqual(self.FIELDS, self.show())
        self.assertEqual(set(), self.show(support.context()))

    def test_who_may_see_the_status_does_not_see_the_reason_by_that(self) -> None:
        self.set_rules(**{HOST_STATUS: 'role:reader'})
        self.assertEqual({'host_status', 'host_maintenance'}, self.show(support.context()))
        response = self.get('/servers/detail', VERSION_1_2, context=support.context())
        self.assertNotIn('secret', response.text)

    def test_rule_lets_member_see_it_together_with_the_status(self) -> None:
        self.set_rules(**{HOST_STATUS: 'role:reader', REASON: 'project_id:%(project_id)s'})
        self.assertEqual(self.FIELDS, self.show(support.context()))

    @ddt.data({}, {UNKNOWN_ONLY: 'role:reader'})
    def test_rule_alone_shows_nothing(self, others: dict[str, str]) -> None:
        self.set_rules(**{REASON: 'role:reader', **others})
        self.assertEqual(
            {'host_status'} if others else set(), self.show(support.context()))

    def test_administrator_may_be_refused(self) -> None:
        self.set_rules(**{REASON: '!'})
        self.assertEqual({'host_status', 'host_maintenance'}, self.show())
