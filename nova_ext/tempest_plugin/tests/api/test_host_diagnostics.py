# SPDX-License-Identifier: Apache-2.0
"""The diagnostics of all servers of a host, and of many hosts."""

from __future__ import annotations

from typing import Any

from tempest.lib import decorators, exceptions
from tempest.lib.common.utils import data_utils

from nova_ext.tempest_plugin.tests import servers

#: What tells which server it is about.
IDENTITY = {'server_id', 'server_name', 'project_id', 'host', 'responding'}

#: What is the same at all times while nothing is done to a server.
CONSTANT = ('state', 'driver', 'hypervisor', 'num_cpus', 'num_nics', 'num_disks', 'config_drive')


class HostDiagnosticsTest(servers.ServersTest):
    """Two servers, of which one is shut off."""

    features = ('diagnostics', 'compute_driver')
    operation = '/nova-ext/diagnostics'
    min_version = '1.2'

    @classmethod
    def resource_setup(cls) -> None:
        """Boot the servers."""
        super().resource_setup()
        clients = cls.os_admin.nova_ext_v1
        cls.client = clients.HostDiagnosticsClient(nova_ext=cls.highest)
        cls.single = clients.DiagnosticsClient(nova_ext=cls.highest)
        cls.hypervisors = clients.HypervisorsClient(nova_ext=cls.highest)
        cls.running, cls.stopped = (cls.create_server() for _ in range(2))
        cls.stop(cls.stopped)
        cls.project_id = cls.os_project_member.credentials.project_id

    @classmethod
    def _of_project(cls, **query: Any) -> dict[str, Any]:
        """What is listed of the servers of the project, by their ids."""
        found = cls.client.list_diagnostics(project_id=cls.project_id, **query)
        return {one['server_id']: one for one in found['diagnostics']}

    def _hypervisor(self, host: str) -> str:
        """The id of a host's hypervisor."""
        return next(str(one['id']) for one in self.hypervisors.list_hypervisors()['hypervisors']
                    if one.get('service', {}).get('host') == host)

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('b150ddd1-9991-47ed-a62b-ac9fa547aafa')
    def test_list(self) -> None:
        """Each server with what a request for it alone tells, in any power state."""
        found = self._of_project()
        for server_id in (self.running, self.stopped):
            single = self.single.show_diagnostics(server_id)
            listed = found[server_id]
            self.assertEqual(set(single) | IDENTITY, set(listed))
            for name in CONSTANT:
                self.assertEqual(single[name], listed[name], name)
            shown = self.servers.show_server(server_id)['server']
            self.assertEqual(
                (shown['name'], shown['tenant_id'], True),
                (listed['server_name'], listed['project_id'], listed['responding']))

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('89928fdf-7429-4025-bd3e-afd9cf0cd7a1')
    def test_hypervisor(self) -> None:
        """Every server of its host is there, and nothing else."""
        host = self._of_project()[self.running]['host']
        found = self.client.show_diagnostics(self._hypervisor(host))['diagnostics']
        self.assertIn(self.running, [one['server_id'] for one in found])
        self.assertEqual({host}, {one['host'] for one in found})

    @decorators.idempotent_id('bccbd309-c8b9-459b-9314-1c51a4729b00')
    def test_filters(self) -> None:
        """By host and by its status; no server matches what none is."""
        host = self._of_project()[self.running]['host']
        self.assertIn(self.running, self._of_project(host=host))
        self.assertEqual({}, self._of_project(host=data_utils.rand_name('host')))
        self.assertIn(self.running, self._of_project(
            host=host, host_status=['UP', 'MAINTENANCE', 'NEEDS_MAINTENANCE']))
        self.assertEqual({}, self._of_project(host=host, host_status='DOWN'))

    @decorators.idempotent_id('41589d60-b110-47c8-940d-57df01588249')
    def test_pages(self) -> None:
        """One server a page, in the order of their ids, until there is none left."""
        expected = sorted(self._of_project())
        seen: list[str] = []
        for _ in expected:
            query = {'marker': seen[-1]} if seen else {}
            found = self.client.list_diagnostics(
                project_id=self.project_id, limit=1, **query)
            seen += [one['server_id'] for one in found['diagnostics']]
            self.assertEqual(len(seen) < len(expected), 'diagnostics_links' in found)
        self.assertEqual(expected, seen)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('a6ef699e-612a-4743-96d1-731da696b58f')
    def test_bad_requests(self) -> None:
        """400 for what is no page, 404 for what is no hypervisor and in older versions."""
        for query in ({'limit': 0}, {'marker': data_utils.rand_uuid()}, {'color': 'red'}):
            self.assertRaises(exceptions.BadRequest, self.client.list_diagnostics, **query)
        self.assertRaises(
            exceptions.NotFound, self.client.show_diagnostics, data_utils.rand_uuid())
        older = self.os_admin.nova_ext_v1.HostDiagnosticsClient(nova_ext='1.1')
        self.assertRaises(exceptions.NotFound, older.list_diagnostics)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('97482d70-45f5-4f81-9382-62845662c3f8')
    def test_member(self) -> None:
        """403, also for the servers of their own project."""
        client = self.os_project_member.nova_ext_v1.HostDiagnosticsClient()
        self.assertRaises(
            exceptions.Forbidden, client.list_diagnostics, project_id=self.project_id)
        known = self.hypervisors.list_hypervisors()['hypervisors'][0]['id']
        self.assertRaises(exceptions.Forbidden, client.show_diagnostics, str(known))
