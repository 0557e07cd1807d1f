# SPDX-License-Identifier: Apache-2.0
"""Lists of servers, filtered by the status of their hosts."""

from __future__ import annotations

import urllib.parse
from typing import Any

from tempest.lib import decorators, exceptions
from tempest.lib.common.utils import data_utils

from nova_ext.tempest_plugin.schemas import host_status
from nova_ext.tempest_plugin.tests import servers


class HostStatusFilterTest(servers.ServersTest):
    """Two servers whose names begin alike."""

    credentials = ('admin', 'project_member', 'project_reader')
    features = ('host_status',)
    operation = '/servers/detail'
    min_version = '1.1'

    @classmethod
    def resource_setup(cls) -> None:
        """Boot both."""
        super().resource_setup()
        cls.client = cls.os_admin.nova_ext_v1.ServersClient(nova_ext=cls.highest)
        cls.name = data_utils.rand_name('nova-ext-filter')
        ids = [cls.create_server(f'{cls.name}-{number}', wait=False) for number in (1, 2)]
        for server_id in ids:
            cls.wait_for(server_id, 'ACTIVE')
        cls.ids = set(ids)

    def _list(self, **query: Any) -> Any:
        return self.client.list_servers(all_tenants=1, name=self.name, **query)

    def _ids(self, **query: Any) -> list[str]:
        return [server['id'] for server in self._list(**query)['servers']]

    def _statuses(self) -> set[str]:
        """What both are now."""
        return {server['host_status'] for server in self._list()['servers']}

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('cff4719e-9312-42c7-875b-823994c23848')
    def test_theirs(self) -> None:
        """Their own status finds both, in either list."""
        status = sorted(self._statuses())
        for detail in (True, False):
            self.assertEqual(self.ids, set(self._ids(host_status=status, detail=detail)))

    @decorators.idempotent_id('c32594f0-840d-402f-a8b9-7dc04150e033')
    def test_others(self) -> None:
        """Any other finds neither."""
        others = sorted(set(host_status.STATUSES) - self._statuses() - {''})
        self.assertNotIn('UP', others)
        self.assertEqual([], self._ids(host_status=others))

    @decorators.idempotent_id('5aa0874a-fdc5-4f22-8684-1c26042923f0')
    def test_pages(self) -> None:
        """One to a page, each comes once; links keep the filter."""
        query: dict[str, Any] = {'host_status': sorted(self._statuses()), 'limit': 1}
        first = self._list(**query)
        [server] = first['servers']
        [link] = first['servers_links']
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(link['href']).query)
        self.assertEqual(query['host_status'], sorted(asked['host_status']))
        [other] = self._ids(**query, marker=server['id'])
        self.assertEqual(self.ids, {server['id'], other})
        self.assertEqual([], self._ids(**query, marker=other))

    @decorators.idempotent_id('748227d0-408b-4cd4-9105-6e42dfcc2f86')
    def test_with_novas_filters(self) -> None:
        """Both have to hold."""
        status = sorted(self._statuses())
        self.assertEqual(self.ids, set(self._ids(host_status=status, status='ACTIVE')))
        self.assertEqual([], self._ids(host_status=status, status='SHUTOFF'))

    @decorators.attr(type='negative')
    @decorators.idempotent_id('91cfea3f-8b49-4d99-aa2f-37a72d13c7e2')
    def test_unknown_status(self) -> None:
        """400."""
        self.assertRaises(exceptions.BadRequest, self._list, host_status='ASLEEP')

    @decorators.attr(type='negative')
    @decorators.idempotent_id('859dfc68-092e-4141-bb02-f824ebc8d499')
    def test_before_1_1(self) -> None:
        """400: there is no such filter in 1.0."""
        client = self.os_admin.nova_ext_v1.ServersClient(nova_ext='1.0')
        self.assertRaises(exceptions.BadRequest, client.list_servers, host_status='UP')

    @decorators.attr(type='negative')
    @decorators.idempotent_id('44817f33-e9b8-4f52-84ce-7d0880fbb6bb')
    def test_member_and_reader(self) -> None:
        """403: they may not find out by filtering what they may not see."""
        for manager in (self.os_project_member, self.os_project_reader):
            client = manager.nova_ext_v1.ServersClient(nova_ext=self.highest)
            self.assertRaises(exceptions.Forbidden, client.list_servers, host_status='UP')
