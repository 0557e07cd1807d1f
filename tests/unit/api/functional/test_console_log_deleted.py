# SPDX-License-Identifier: Apache-2.0
"""``GET /servers/{server_id}/console-log`` of a server that is deleted."""

from __future__ import annotations

import json
from typing import Any

from nova import exception as nova_exception
from nova import objects

from nova_ext.hosts import reachability
from nova_ext.nova_compat import api as nova_api
from nova_ext.virt import capabilities
from tests.fixtures import configuration
from tests.unit import support
from tests.unit.api.functional import test_console_log

UNKNOWN = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'

RULE = 'nova_ext:console_log:show_deleted'


class Driver(test_console_log.Driver):
    """Notes whether the servers that it is asked about are deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.deleted: list[bool] = []

    def read_console_log(
            self, instance: Any, start: int, limit: int, port: int = 0) -> capabilities.LogPart:
        self.deleted.append(instance.deleted)
        return super().read_console_log(instance, start, limit, port)


class DeletedTestCase(test_console_log.ConsoleLogTestCase):
    """A server that was deleted on a host that answers by a :attr:`driver`."""

    def setUp(self) -> None:
        super().setUp()
        self.driver: Driver = Driver()
        self.cloud.delete_server(self.server)

    def set_rule(self, check: str, rule: str = RULE) -> None:
        """Have the filter started with a rule in the policy file."""
        self.useFixture(configuration.PolicyFile(self.conf)).path.write_text(
            json.dumps({rule: check}))
        self.app = self.make_app()

    def assert_unknown(self, context: Any) -> None:
        """Assert that the caller learns no more than of a server that never was."""
        never = self.ask(server=UNKNOWN, context=context)
        response = self.ask(context=context)
        self.assertEqual((404, never.text.replace(UNKNOWN, self.server)),
                         (response.status_int, response.text))
        self.assertEqual([], self.driver.asked)


class TestAnswer(DeletedTestCase):
    def test_administrator_gets_what_its_last_host_has_kept(self) -> None:
        self.start()
        response = self.ask('?start=70&limit=50')
        self.assertEqual(200, response.status_int, response.text)
        self.assertEqual((70, 82, 7), tuple(
            response.json_body[name] for name in ('start', 'next', 'oldest')))
        self.assertEqual([(self.server, 70, 50, 0)], self.driver.asked)
        self.assertEqual([True], self.driver.deleted)

    def test_host_in_another_cell_is_found(self) -> None:
        cells: list[str] = []

        def check(_: Any, context: Any, host: str) -> None:
            cells.append(context.cell_uuid)
            test_console_log.unreachable()

        cell = self.cloud.add_cell()
        self.server = self.cloud.add_server(self.host, cell=cell)
        self.cloud.delete_server(self.server, cell=cell)
        self.patch(reachability.ComputeHosts, 'check_reachable', check)
        self.assertEqual(503, self.ask().status_int)
        self.assertEqual([self.cloud.cells[cell].uuid], cells)

    def test_server_that_can_still_be_restored_is_none_that_is_deleted(self) -> None:
        self.server = self.cloud.add_server(self.host, vm_state='soft-delete')
        self.start()
        self.set_rule('!')
        for caller in (support.admin(), support.context()):
            self.assertEqual(200, self.ask(context=caller).status_int)
        self.assertEqual([False, False], self.driver.deleted)

    def test_request_leaves_no_deleted_records_in_sight(self) -> None:
        context = support.admin()
        self.start()
        self.assertEqual(200, self.ask(context=context).status_int)
        self.assertEqual('no', context.read_deleted)

    def test_other_versions_do_not_know_it(self) -> None:
        for version in ('nova-ext 1.0', 'nova-ext 1.1'):
            self.assertEqual(404, self.ask(version=version).status_int)
        self.assertEqual([], self.driver.asked)


class TestPolicy(DeletedTestCase):
    def test_members_of_its_project_and_others_do_not_learn_of_it(self) -> None:
        for caller in (support.context(), support.context(roles=['reader']),
                       support.context(project_id='c' * 32, user_id='other')):
            self.assert_unknown(caller)

    def test_operator_may_take_the_right_from_administrators(self) -> None:
        self.set_rule('!')
        self.assert_unknown(support.admin())

    def test_operator_may_give_the_right_to_members_of_its_project(self) -> None:
        self.start()
        self.set_rule('project_id:%(project_id)s')
        self.assert_unknown(support.context(project_id='c' * 32, user_id='other'))
        self.assertEqual(200, self.ask(context=support.context()).status_int)

    def test_rule_of_nova_decides_about_servers_that_are_not_deleted_alone(self) -> None:
        self.start()
        self.set_rule('!', 'os_compute_api:os-console-output')
        self.assertEqual(200, self.ask().status_int)


class TestErrors(DeletedTestCase):
    def test_server_of_which_nothing_is_kept_is_not_found_with_the_reason(self) -> None:
        self.driver.error = nova_exception.ConsoleNotAvailable('It is not kept.')
        self.start()
        self.assertEqual('It is not kept.', self.read_error(self.ask(), 404))

    def test_server_that_was_on_no_host_is_not_found(self) -> None:
        self.server = self.cloud.add_server(None)
        self.cloud.delete_server(self.server)
        self.assertIn('was on no compute host', self.read_error(self.ask(), 404))
        self.assert_unknown(support.context())

    def test_server_without_a_mapping_is_not_found(self) -> None:
        """It was archived or purged."""
        objects.InstanceMapping.get_by_instance_uuid(support.admin(), self.server).destroy()
        self.assert_unknown(support.admin())

    def test_host_that_is_down_is_unavailable(self) -> None:
        self.cloud.update_host(self.host, forced_down=True)
        self.assertIn(self.host, self.read_error(self.ask(), 503))

    def test_host_without_it_has_none_by_offset(self) -> None:
        self.start(object())
        self.assertIn('runs no nova-ext that serves', self.read_error(self.ask(), 404))

    def test_server_that_is_not_deleted_is_not_read_by_the_rule_for_those(self) -> None:
        """It came into its cell between two looks."""
        self.patch(nova_api, 'get_deleted_instance', lambda *_: objects.Instance(
            uuid=self.server, project_id=support.PROJECT, host=self.host, deleted=False))
        self.assert_unknown(support.admin())

    def test_cell_that_goes_down_meanwhile_is_unavailable(self) -> None:
        def fail(*_: Any) -> None:
            raise nova_exception.NovaException('The cell is not responding')

        self.patch(nova_api, 'get_deleted_instance', fail)
        self.assertIn('not responding', self.read_error(self.ask(), 503))

    def test_server_that_is_to_be_built_is_on_no_host_yet(self) -> None:
        self.cloud.add_build_request(UNKNOWN)
        self.assertIn('is on no compute host',
                      self.read_error(self.ask(server=UNKNOWN), 409))
