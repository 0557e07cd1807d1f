# SPDX-License-Identifier: Apache-2.0
"""``GET /servers/{server_id}/diagnostics`` over fakes of Nova and of the compute host."""

from __future__ import annotations

import ddt
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.objects import diagnostics
from tests.unit import support
from tests.unit.api.controllers import base
from tests.unit.objects.test_diagnostics import FIELDS_1_0


class TestShow(base.DiagnosticsTestCase):
    def test_host_is_asked_for_what_the_version_shows(self) -> None:
        for version in ('1.0', '1.1', '1.2'):
            self.show(version=version)
        self.assertEqual(['1.0', '1.0', '1.1'], self.compute_host.versions)

    def test_keys_are_in_the_order_of_the_specification(self) -> None:
        response = self.show()
        self.assertEqual(200, response.status_int)
        body = response.json_body
        self.assertEqual([
            'state', 'driver', 'hypervisor', 'hypervisor_os', 'uptime', 'num_cpus', 'num_nics',
            'num_disks', 'cpu_details', 'nic_details', 'disk_details', 'memory_details',
            'config_drive'], list(body))
        self.assertEqual('running', body['state'])
        self.assertIs(False, body['config_drive'])
        self.assertEqual([{'id': 0, 'time': 17, 'utilisation': 15}], body['cpu_details'])
        self.assertEqual([{
            'mac_address': 'fa:16:3e:00:00:01', 'rx_octets': 1, 'rx_errors': 2, 'rx_drop': 3,
            'rx_packets': 4, 'rx_rate': 5, 'tx_octets': 6, 'tx_errors': 7, 'tx_drop': 8,
            'tx_packets': 9, 'tx_rate': None}], body['nic_details'])
        self.assertEqual([{
            'read_bytes': 1, 'read_requests': 2, 'write_bytes': 3, 'write_requests': 4,
            'errors_count': None}], body['disk_details'])
        self.assertEqual({'maximum': 128, 'used': 40}, body['memory_details'])

    def test_unknown_values_are_null_and_no_key_is_omitted(self) -> None:
        self.compute_host.answer = lambda: diagnostics.Diagnostics.unknown(state='shutdown')
        response = self.show()
        self.assertEqual(200, response.status_int)
        self.assertEqual(
            {**dict.fromkeys(FIELDS_1_0['NovaExtDiagnostics']), 'state': 'shutdown'},
            response.json_body)

    def test_compute_host_receives_context_of_the_caller_and_instance(self) -> None:
        caller = support.admin()
        self.show(context=caller)
        self.assertEqual([(caller, self.server)], self.compute_host.calls)

    def test_server_is_fetched_once_without_additional_attributes(self) -> None:
        self.show()
        self.assertEqual([(self.server.uuid, [])], self.nova.fetched)


@ddt.ddt
class TestErrors(base.DiagnosticsTestCase):
    def test_query_parameter_is_a_bad_request(self) -> None:
        message = self.read_error(self.show(query='?verbose=1'), 400)
        self.assertIn('Unknown query parameter', message)
        self.assertEqual([], self.compute_host.calls)

    @ddt.data('0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1', 'nonsense')
    def test_unknown_server_is_not_found(self, server_id: str) -> None:
        self.assertIn(server_id, self.read_error(self.show(server_id), 404))

    def test_server_id_that_is_no_uuid_is_not_looked_up(self) -> None:
        self.show('nonsense')
        self.assertEqual([], self.nova.fetched)

    def test_server_deleted_during_the_request_is_not_found(self) -> None:
        def raise_not_found() -> diagnostics.Diagnostics:
            raise nova_exception.InstanceNotFound(instance_id=self.server.uuid)

        self.compute_host.answer = raise_not_found
        self.assertIn(self.server.uuid, self.read_error(self.show(), 404))

    def test_server_without_host_is_a_conflict_that_names_its_state(self) -> None:
        self.server.host = None
        self.server.vm_state = 'shelved_offloaded'
        self.assertIn('shelved_offloaded', self.read_error(self.show(), 409))
        self.assertEqual([], self.compute_host.calls)

    def test_host_that_is_down_is_named_and_not_called(self) -> None:
        self.hosts.down = 'an operator has forced it down'
        self.assertEqual(
            'Compute host host1 is unavailable: an operator has forced it down.',
            self.read_error(self.show(), 503))
        self.assertEqual([], self.compute_host.calls)

    def test_host_that_does_not_answer_is_named(self) -> None:
        def raise_unavailable() -> diagnostics.Diagnostics:
            raise exception.ComputeHostUnavailable('host1', 'it did not answer')

        self.compute_host.answer = raise_unavailable
        self.assertEqual(
            'Compute host host1 is unavailable: it did not answer.',
            self.read_error(self.show(), 503))

    def test_server_in_a_down_cell_is_unavailable(self) -> None:
        self.nova.error = nova_exception.NovaException('Cell 1 is not responding.')
        self.assertEqual('Cell 1 is not responding.', self.read_error(self.show(), 503))

    def test_other_error_of_nova_is_not_mistaken_for_a_down_cell(self) -> None:
        self.nova.error = nova_exception.CellTimeout()
        with self.assert_raises(nova_exception.CellTimeout):
            self.show()


class TestPolicy(base.DiagnosticsTestCase):
    def test_only_administrators_are_authorized_by_default(self) -> None:
        message = self.read_error(self.show(context=support.context()), 403)
        self.assertIn('nova_ext:diagnostics:show', message)
        self.assertEqual([], self.compute_host.calls)
        self.assertEqual(200, self.show(context=support.admin()).status_int)

    def test_policy_file_may_authorize_the_owner(self) -> None:
        self.policy_file.write_text('"nova_ext:diagnostics:show": "project_id:%(project_id)s"\n')
        self.assertEqual(200, self.show(context=support.context()).status_int)
        self.assertEqual(
            403, self.show(context=support.context(project_id='c' * 32)).status_int)

    def test_rule_of_nova_for_diagnostics_is_not_used(self) -> None:
        self.policy_file.write_text('"os_compute_api:os-server-diagnostics": "@"\n')
        self.assertEqual(403, self.show(context=support.context()).status_int)

    def test_unauthorized_user_does_not_learn_that_server_has_no_host(self) -> None:
        self.server.host = None
        self.assertEqual(403, self.show(context=support.context()).status_int)
