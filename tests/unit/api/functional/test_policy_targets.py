# SPDX-License-Identifier: Apache-2.0
"""Rules that look at what is acted on decide as in Nova, whoever asks and for what."""

from __future__ import annotations

import json
from typing import Any

import ddt

from tests.fixtures import configuration
from tests.unit import support
from tests.unit.api.functional import base

#: What a rule may demand of the target, or of another rule.
CHECKS = (
    'user_id:%(user_id)s', 'project_id:%(project_id)s', 'not user_id:%(user_id)s',
    'user_id:%(user_id)s or project_id:%(project_id)s', 'project_id:%(tenant_id)s',
    'rule:os_compute_api:os-hypervisors:list', 'rule:os_compute_api:os-deferred-delete:restore')

#: The server's owner, a colleague, an administrator, and one who is not in the project.
CALLERS = (
    support.context(), support.context(user_id='colleague'),
    support.admin(project_id=support.PROJECT), support.admin())

SHOW = 'os_compute_api:servers:show:host_status'
UNKNOWN_ONLY = f'{SHOW}:unknown-only'

#: The newest version in which nothing but the policy keeps ``host_status`` out of an answer.
COMPUTE = 'compute 2.68'
NOVA_EXT = f'{COMPUTE}, nova-ext 1.1'


@ddt.ddt
class TestTargets(base.TestCase):
    def set_rules(self, rules: dict[str, str]) -> None:
        """Have Nova and the filter started with rules in the policy file."""
        self.useFixture(configuration.PolicyFile(self.conf)).path.write_text(json.dumps(rules))
        self.cloud.read_policy_file()
        self.app = self.make_app()

    def get_both(self, path: str, context: Any) -> tuple[Any, Any]:
        """Return Nova's response and the one with a nova-ext version."""
        return (self.get_from_nova(path, COMPUTE, context=context),
                self.get(path, NOVA_EXT, context=context))

    def get_statuses(self, response: Any) -> dict[str, Any]:
        """Return the host_status of each server in a response; None: it is not shown."""
        body = response.json_body
        servers = body.get('servers', [body.get('server')])
        return {server['id']: server.get('host_status') for server in servers}

    @ddt.data(*CHECKS)
    def test_host_status_is_shown_to_whom_nova_shows_it(self, check: str) -> None:
        self.cloud.add_host('up')
        self.cloud.add_host('silent', silent=True)
        servers = [self.cloud.add_server(host) for host in ('up', 'silent')]
        for rule in (SHOW, UNKNOWN_ONLY):
            self.set_rules({rule: check})
            for caller in CALLERS:
                for path in ('/servers/detail', *(f'/servers/{server}' for server in servers)):
                    nova, nova_ext = self.get_both(path, caller)
                    self.assertEqual(nova.status, nova_ext.status)
                    self.assertEqual(self.get_statuses(nova), self.get_statuses(nova_ext),
                                     f'{rule} {path} {caller.user_id}')

    @ddt.data(*CHECKS)
    def test_filter_is_permitted_to_whom_nova_lists_the_status(self, check: str) -> None:
        self.cloud.add_host('up')
        self.cloud.add_server('up')
        self.set_rules({SHOW: check})
        for caller in CALLERS[:3]:
            shown = self.get_statuses(
                self.get_from_nova('/servers/detail', COMPUTE, context=caller)).values()
            response = self.get('/servers?host_status=UP', NOVA_EXT, context=caller)
            self.assertEqual(200 if 'UP' in shown else 403, response.status_int)

    @ddt.data(*CHECKS)
    def test_diagnostics_are_permitted_to_whom_nova_permits_its_own(self, check: str) -> None:
        server = self.cloud.add_server(None)
        self.set_rules({'os_compute_api:os-server-diagnostics': check,
                        'nova_ext:diagnostics:show': check})
        for caller in CALLERS:
            nova, nova_ext = self.get_both(f'/servers/{server}/diagnostics', caller)
            self.assertIn(nova.status_int, (403, 409))  # no host has it
            self.assertEqual(nova.status, nova_ext.status, caller.user_id)

    @ddt.data(*CHECKS)
    def test_hypervisors_are_shown_to_whom_nova_shows_them(self, check: str) -> None:
        self.cloud.add_hypervisor('up')
        self.set_rules({f'os_compute_api:os-hypervisors:{action}': check
                        for action in ('list', 'list-detail', 'show')
                        if action not in check})
        for caller in CALLERS:
            for path in ('/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/1'):
                nova, nova_ext = self.get_both(path, caller)
                self.assertEqual(nova.status, nova_ext.status, f'{path} {caller.user_id}')
