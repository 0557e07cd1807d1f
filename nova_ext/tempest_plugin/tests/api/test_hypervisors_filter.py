# SPDX-License-Identifier: Apache-2.0
"""What nova-ext 1.1 adds to hypervisors: filters, pages with them, and more fields."""

from __future__ import annotations

import urllib.parse
from typing import Any

from tempest.lib import decorators, exceptions

from nova_ext.tempest_plugin.tests import base

ADDED = {'forced_down', 'last_seen_up', 'maintenance', 'missing_records'}


class HypervisorsFilterTest(base.NovaExtTest):
    """All hypervisors of the cloud, by state and by status."""

    features = ('hypervisors',)
    operation = '/os-hypervisors'
    min_version = '1.1'

    @classmethod
    def resource_setup(cls) -> None:
        """The administrator's client."""
        super().resource_setup()
        cls.client = cls.os_admin.nova_ext_v1.HypervisorsClient(nova_ext=cls.highest)

    def _list(self, **query: Any) -> list[dict[str, Any]]:
        return list(self.client.list_hypervisors(**query)['hypervisors'])

    def _ids(self, **query: Any) -> set[str]:
        return {one['id'] for one in self._list(**query)}

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('d85e41d1-1dd0-4d01-b543-105905c1990b')
    def test_fields(self) -> None:
        """In both lists and in one hypervisor; one that is up was heard of."""
        shown = self.client.show_hypervisor(self._list()[0]['id'])['hypervisor']
        for one in [*self._list(), *self._list(detail=True), shown]:
            self.assertEqual(ADDED, ADDED & one.keys())
            if one['state'] == 'up':
                self.assertIsNotNone(one['last_seen_up'])
                self.assertIs(False, one['forced_down'])
                self.assertNotIn('service', one['missing_records'])

    @decorators.idempotent_id('8da147ae-3710-4b24-88a9-d6fac0a1755d')
    def test_by_state(self) -> None:
        """Each hypervisor is found by its state and by no other."""
        for state in ('up', 'down'):
            self.assertEqual(
                {one['id'] for one in self._list() if one['state'] == state},
                self._ids(state=state))
        self.assertNotEmpty(self._ids(state='up'))

    @decorators.idempotent_id('12dbfc23-bed5-4b1f-bd24-64d1de5309b9')
    def test_by_status(self) -> None:
        """Each hypervisor is found by its status and by no other."""
        for status in ('enabled', 'disabled'):
            for detail in (False, True):
                self.assertEqual(
                    {one['id'] for one in self._list() if one.get('status') == status},
                    self._ids(status=status, detail=detail))
        self.assertNotEmpty(self._ids(status='enabled'))

    @decorators.idempotent_id('9af907f8-adeb-4c53-ae76-a749415887f2')
    def test_either(self) -> None:
        """A repeated filter means any of its values."""
        self.assertEqual(self._ids(), self._ids(state=['up', 'down']))

    @decorators.idempotent_id('8c536d6a-1cc3-4ed5-8452-40cdd2361805')
    def test_pages(self) -> None:
        """The second page goes on where the first ends; its link keeps the filter."""
        wanted = [one['id'] for one in self._list(state='up')]
        first = self.client.list_hypervisors(state='up', limit=1)
        self.assertEqual(wanted[:1], [one['id'] for one in first['hypervisors']])
        [link] = first['hypervisors_links']
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(link['href']).query)
        self.assertEqual(['up'], asked['state'])
        second = self._list(state='up', limit=1, marker=asked['marker'][0])
        self.assertEqual(wanted[1:2], [one['id'] for one in second])

    @decorators.attr(type='negative')
    @decorators.idempotent_id('48792885-6c50-4726-8fe2-d88e7dcb2cd9')
    def test_unknown_values(self) -> None:
        """400."""
        self.assertRaises(exceptions.BadRequest, self._list, state='sideways')
        self.assertRaises(exceptions.BadRequest, self._list, status='ASLEEP')
