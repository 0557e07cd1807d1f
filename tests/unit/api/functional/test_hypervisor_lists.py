# SPDX-License-Identifier: Apache-2.0
"""Filters and pages of ``/os-hypervisors`` with a nova-ext version in the request."""

from __future__ import annotations

from urllib import parse

import ddt

from tests.unit.api.functional import base

VERSION_1_0 = 'compute 2.53, nova-ext 1.0'
VERSION_1_1 = 'compute 2.53, nova-ext 1.1'


class HypervisorPagesTestCase(base.HypervisorsTestCase):
    def list_names_on_all_pages(self, query: str) -> list[str]:
        """Return the hosts on all pages of a list, found by following its links."""
        names: list[str] = []
        path = f'/os-hypervisors?{query}'
        for _ in range(50):
            body = self.get_json(path, VERSION_1_1)
            names += self.names_of(body)
            links = body.get('hypervisors_links')
            if not links:
                return names
            link, = links
            self.assertEqual('next', link['rel'])
            path = link['href'].removeprefix('http://localhost/v2.1')
            self.assertEqual(
                sorted([*parse.parse_qsl(query), ('marker', body['hypervisors'][-1]['id'])]),
                sorted(parse.parse_qsl(parse.urlsplit(path).query)))
        raise self.failureException('The pages do not end.')


@ddt.ddt
class TestHypervisorLists(HypervisorPagesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.fill(base.hypervisors_in_every_state)

    @ddt.data(
        ('state=up', ['up', 'disabled', 'unmapped']),
        ('state=down', ['forced', 'recordless', 'silent', 'both', 'lost']),
        ('state=up&state=down', [
            'up', 'disabled', 'forced', 'recordless', 'silent', 'both', 'unmapped', 'lost']),
        ('status=disabled', ['disabled', 'both']),
        ('status=enabled', ['up', 'forced', 'silent', 'unmapped']),
        ('state=down&status=enabled', ['forced', 'silent']),
        ('state=up&hypervisor_hostname_pattern=d', ['disabled', 'unmapped']),
        ('st%61te=down&status=disabled', ['both']),
        ('state=down&with_servers=true', ['forced', 'recordless', 'silent', 'both', 'lost']))
    @ddt.unpack
    def test_list_is_filtered_by_state_and_status(self, query: str, expected: list[str]) -> None:
        for path in ('/os-hypervisors', '/os-hypervisors/detail'):
            self.assertEqual(expected, self.list_names(f'{path}?{query}', VERSION_1_1))

    @ddt.data(
        ('state=up', VERSION_1_0, "The query parameter 'state' needs nova-ext 1.1"),
        ('status=enabled', VERSION_1_0, "The query parameter 'status' needs nova-ext 1.1"),
        ('state=UP', VERSION_1_1, 'Invalid query parameter state'),
        ('status=', VERSION_1_1, 'Invalid query parameter status'),
        ('state=up&limit=x', VERSION_1_1, 'limit'),
        ('state=up&unknown=1', VERSION_1_1, 'Additional properties are not allowed'),
        ('state=up&marker=nowhere', VERSION_1_1, 'marker [nowhere] not found'),
        ('state=up&marker=', VERSION_1_1, 'marker [] not found'),
        ('state=up&marker=%D9%A1', VERSION_1_1, 'marker [\u0661] not found'))
    @ddt.unpack
    def test_invalid_query_is_a_bad_request(
            self, query: str, version: str, message: str) -> None:
        response = self.get(f'/os-hypervisors?{query}', version)
        self.assertEqual(400, response.status_int)
        self.assertIn(message, response.json_body['badRequest']['message'])

    @ddt.data('', 'state=up&', 'status=enabled&limit=1&')
    def test_marker_of_thousands_of_digits_is_not_found(self, query: str) -> None:
        for compute in ('2.33', '2.53'):
            response = self.get(f'/os-hypervisors?{query}marker={"9" * 5000}',
                                f'compute {compute}, nova-ext 1.1')
            self.assertEqual(400, response.status_int)
            self.assertIn('9] not found', response.json_body['badRequest']['message'])

    @ddt.data('1', '001', 'first')
    def test_marker_is_compared_as_in_nova(self, marker: str) -> None:
        nodes = self.get_json('/os-hypervisors', VERSION_1_1)['hypervisors']
        marker = nodes[0]['id'].upper() if marker == 'first' else marker
        in_nova = self.list_names(
            f'/os-hypervisors?marker={marker}', 'compute 2.53', app=self.nova_app)
        self.assertLess(2, len(in_nova))
        for query in ('', '&state=up&state=down'):
            found = self.list_names(f'/os-hypervisors?marker={marker}{query}', VERSION_1_1)
            self.assertEqual(in_nova, [name for name in found if name in in_nova])

    @ddt.data('', '&state=down', '&status=enabled&state=up&state=down')
    def test_paging_visits_each_hypervisor_once_in_the_order_of_the_list(
            self, query: str) -> None:
        expected = self.list_names(f'/os-hypervisors?limit=1000{query}', VERSION_1_1)
        self.assertLessEqual(4, len(expected))
        for limit in (1, 2, 3, 4, 5, 7, 8, 9):
            self.assertEqual(expected, self.list_names_on_all_pages(f'limit={limit}{query}'))


class TestHypervisorsOfBareMetalHosts(HypervisorPagesTestCase):
    def test_order_over_pages_is_as_in_nova_with_several_nodes_on_a_host(self) -> None:
        for cell in ('cell1', self.cloud.add_cell()):
            self.cloud.add_host(f'bare-{cell}', cell=cell)
            for number in range(4):
                self.cloud.add_node(
                    f'bare-{cell}', cell=cell, hypervisor_hostname=f'{cell}-{number}')
        expected = self.list_names('/os-hypervisors', 'compute 2.53', app=self.nova_app)
        self.assertEqual(expected, self.list_names_on_all_pages('limit=3'))
        self.assertEqual(8, len(set(expected)))
