# SPDX-License-Identifier: Apache-2.0
"""What nova-ext 1.2 adds to lists of hypervisors: filters by host, aggregate and zone."""

from __future__ import annotations

import urllib.parse
from typing import Any

from tempest.lib import decorators, exceptions
from tempest.lib.common.utils import data_utils

from nova_ext.tempest_plugin.tests import base


class HypervisorsPlacesTest(base.NovaExtTest):
    """All hypervisors of the cloud, by where they are."""

    features = ('hypervisors',)
    operation = '/os-hypervisors'
    min_version = '1.2'

    @classmethod
    def resource_setup(cls) -> None:
        """The administrator's client."""
        super().resource_setup()
        cls.client = cls.os_admin.nova_ext_v1.HypervisorsClient(nova_ext=cls.highest)

    def _list(self, **query: Any) -> list[dict[str, Any]]:
        return list(self.client.list_hypervisors(**query)['hypervisors'])

    def _hosts(self, **query: Any) -> set[str]:
        """The hosts of the hypervisors that the query finds."""
        return {one['service']['host'] for one in self._list(**query) if 'service' in one}

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('7afa638a-6961-4527-ae81-958f2d09d95f')
    def test_by_host(self) -> None:
        """Each host has its own, in both lists; several have theirs."""
        hosts = sorted(self._hosts())
        for detail in (False, True):
            self.assertEqual({hosts[0]}, self._hosts(host=hosts[0], detail=detail))
        self.assertEqual(set(hosts[:2]), self._hosts(host=hosts[:2]))
        self.assertEqual([], self._list(host=data_utils.rand_name('nowhere')))

    @decorators.idempotent_id('64d69fec-5788-4cd1-ad21-6602cb1cfbd9')
    def test_by_aggregate(self) -> None:
        """By id and by name, those of the hosts that the aggregate has."""
        aggregates = self.os_admin.aggregates_client
        made = aggregates.create_aggregate(name=data_utils.rand_name('nova-ext'))['aggregate']
        self.addCleanup(aggregates.delete_aggregate, made['id'])
        for asked in (made['id'], made['name']):
            self.assertEqual([], self._list(aggregate=asked))
        hosts = self._hosts()
        for one in aggregates.list_aggregates()['aggregates']:
            try:
                found = self._hosts(aggregate=one['id'])
                now = aggregates.show_aggregate(one['id'])['aggregate']
            except (exceptions.BadRequest, exceptions.NotFound):
                continue  # another test has deleted its own meanwhile
            if now['hosts'] == one['hosts']:
                self.assertEqual(set(one['hosts']) & hosts, found)

    @decorators.idempotent_id('7dcf3b97-9de3-471a-bd7f-b8a32f6144b4')
    def test_by_availability_zone(self) -> None:
        """Each zone has the hypervisors of the enabled hosts that Nova says are in it."""
        zones = self.os_admin.availability_zone_client.list_availability_zones(
            detail=True)['availabilityZoneInfo']
        for zone in zones:
            hosts = {host for host, services in (zone['hosts'] or {}).items()
                     if 'nova-compute' in services}
            self.assertLessEqual(hosts, self._hosts(availability_zone=zone['zoneName']))
        self.assertEqual([], self._list(availability_zone=data_utils.rand_name('nowhere')))

    @decorators.idempotent_id('dc74eac6-e549-4eee-aa9c-9140e2b5182d')
    def test_pages(self) -> None:
        """Links keep the filters, and each page goes on where the one before ends."""
        hosts = sorted(self._hosts())
        wanted = [one['id'] for one in self._list(host=hosts)]
        first = self.client.list_hypervisors(host=hosts, limit=1)
        self.assertEqual(wanted[:1], [one['id'] for one in first['hypervisors']])
        [link] = first['hypervisors_links']
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(link['href']).query)
        self.assertEqual(hosts, sorted(asked['host']))
        second = self._list(host=hosts, limit=1, marker=asked['marker'][0])
        self.assertEqual(wanted[1:2], [one['id'] for one in second])

    @decorators.attr(type='negative')
    @decorators.idempotent_id('fb46b448-62a5-4ae3-9c23-58f889d415ec')
    def test_unknown_aggregate(self) -> None:
        """400."""
        self.assertRaises(
            exceptions.BadRequest, self._list, aggregate=data_utils.rand_name('nowhere'))

    @decorators.attr(type='negative')
    @decorators.idempotent_id('c3f10748-979a-4f3b-8241-bcf681ca2ca9')
    def test_before_1_2(self) -> None:
        """400: there are no such filters in 1.1."""
        client = self.os_admin.nova_ext_v1.HypervisorsClient(nova_ext='1.1')
        for name in ('host', 'aggregate', 'availability_zone'):
            self.assertRaises(exceptions.BadRequest, client.list_hypervisors, **{name: 'x'})
