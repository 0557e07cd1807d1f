# SPDX-License-Identifier: Apache-2.0
"""The state and status of hypervisors."""

from __future__ import annotations

from typing import Any

from tempest.lib import decorators, exceptions
from tempest.lib.common.utils import data_utils

from nova_ext.tempest_plugin.tests import base

ADDED_IN_1_1 = {'forced_down', 'last_seen_up', 'maintenance', 'missing_records'}


class HypervisorsTest(base.NovaExtTest):
    """Both lists and one hypervisor, as the three personas ask for them."""

    credentials = ('admin', 'project_member', 'project_reader')
    features = ('hypervisors',)
    operation = '/os-hypervisors'

    @classmethod
    def setup_clients(cls) -> None:
        """The administrator's."""
        super().setup_clients()
        cls.client = cls.os_admin.nova_ext_v1.HypervisorsClient(nova_ext='1.0')

    def _services(self) -> dict[str, dict[str, Any]]:
        """What Nova's service API says of each compute host."""
        found = self.os_admin.services_client.list_services(binary='nova-compute')['services']
        return {service['host']: service for service in found}

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('8fd4d5e1-e9f1-4bec-a764-dcffdeebd052')
    def test_lists(self) -> None:
        """Each says what the service API says, in both lists, at any compute microversion."""
        services = self._services()
        for compute in ('2.1', '2.53', 'latest'):
            client = self.os_admin.nova_ext_v1.HypervisorsClient(nova_ext='1.0', compute=compute)
            for detail in (False, True):
                found = client.list_hypervisors(detail=detail)['hypervisors']
                self.assertNotEmpty(found)
                for one in found:
                    service = services[one['service']['host']]
                    self.assertEqual(
                        (service['state'], service['status'], service['disabled_reason']),
                        (one['state'], one['status'], one['service']['disabled_reason']))
                    self.assertFalse(ADDED_IN_1_1 & one.keys())

    @decorators.idempotent_id('64901da5-f090-49b1-80a5-c565116f6d35')
    def test_show(self) -> None:
        """The same as in the list."""
        listed = self.client.list_hypervisors()['hypervisors'][0]
        found = self.client.show_hypervisor(listed['id'])['hypervisor']
        for name in ('id', 'hypervisor_hostname', 'state', 'status', 'service'):
            self.assertEqual(listed.get(name), found.get(name), name)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('092d44d5-dbd9-4082-a65f-d0a0a7a26ab8')
    def test_unknown_hypervisor(self) -> None:
        """404."""
        self.assertRaises(
            exceptions.NotFound, self.client.show_hypervisor, data_utils.rand_uuid())

    @decorators.attr(type='negative')
    @decorators.idempotent_id('f3e327f3-feb9-4e77-9f59-44f0143fc8b5')
    def test_filters_before_1_1(self) -> None:
        """400: there are none in 1.0."""
        self.assertRaises(exceptions.BadRequest, self.client.list_hypervisors, state='up')

    @decorators.attr(type='negative')
    @decorators.idempotent_id('87d60b7a-4b4b-42e3-9aa8-6a0adc937132')
    def test_member_and_reader(self) -> None:
        """403."""
        known = self.client.list_hypervisors()['hypervisors'][0]['id']
        for manager in (self.os_project_member, self.os_project_reader):
            client = manager.nova_ext_v1.HypervisorsClient()
            self.assertRaises(exceptions.Forbidden, client.list_hypervisors)
            self.assertRaises(exceptions.Forbidden, client.list_hypervisors, detail=True)
            self.assertRaises(exceptions.Forbidden, client.show_hypervisor, known)
