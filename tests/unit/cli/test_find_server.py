# SPDX-License-Identifier: Apache-2.0
"""Finding the server that is meant, by Nova's API alone.

The libraries differ from release to release in what finds one, and how.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

import ddt

from nova_ext.cli import client, exceptions
from tests.fixtures import fake_api
from tests.unit import base

SERVER = {'id': '5a733b00-bb4f-404c-a05f-dec3ee691361', 'name': 'web1'}


@ddt.ddt
class TestFindServer(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.api = self.useFixture(fake_api.FakeApi())
        self.client = client.Client(self.api.make_adapter(), timeout=5)

    def answer_list(self, *pages: list[dict[str, Any]]) -> None:
        """Have the list of servers answered, with a link to the next page on all but the last."""
        self.api.answers['/servers'] = [
            (200, {'servers': page, **({'servers_links': [{'rel': 'next'}]} if rest else {})})
            for rest, page in zip(range(len(pages) - 1, -1, -1), pages)]

    def test_id_is_asked_for_without_a_version_of_nova_ext(self) -> None:
        path = f'/servers/{SERVER["id"]}'
        self.api.answers[path] = [(200, {'server': SERVER})]
        self.assertEqual(SERVER, self.client.find_server(SERVER['id']))
        self.assertEqual([(path, {}, 'compute 2.88')], self.api.requests)

    @ddt.data(False, True)
    def test_name_is_asked_for_and_compared_exactly(self, all_projects: bool) -> None:
        self.answer_list([{**SERVER, 'id': '8', 'name': 'WEB1'}, SERVER])
        self.assertEqual(SERVER, self.client.find_server('web1', all_projects=all_projects))
        query = {'name': ['^web1$'], **({'all_tenants': ['1']} if all_projects else {})}
        self.assertEqual([('/servers', query, 'compute 2.88')], self.api.requests)

    @ddt.data('a b', 'web|1', 'web(1', '50%', '[x]', 'x+y.example', 'käfig', '-', '*')
    def test_any_name_is_a_regular_expression_that_matches_itself_alone(self, name: str) -> None:
        self.answer_list([{**SERVER, 'name': name}])
        self.assertEqual(SERVER['id'], self.client.find_server(name)['id'])
        [pattern] = self.api.requests[-1].query['name']
        self.assertIsNotNone(re.search(pattern, name))
        self.assertIsNone(re.search(pattern, f'{name}2'))

    def test_name_that_looks_like_an_id_is_found(self) -> None:
        name = str(uuid.uuid4())
        self.answer_list([{**SERVER, 'name': name}])
        self.assertEqual(SERVER['id'], self.client.find_server(name)['id'])

    @ddt.data([], [{'id': '8', 'name': 'web11'}])
    def test_missing_server_raises(self, found: list[dict[str, str]]) -> None:
        self.answer_list(found)
        with self.assert_raises(
                exceptions.NoSuchServer,
                r"^There is no server with the name or ID 'web1'\.$"):
            self.client.find_server('web1')

    def test_server_may_be_one_of_a_down_cell_which_have_no_names(self) -> None:
        self.answer_list([{'id': '8'}, {'id': '9', 'name': 'web11'}])
        with self.assert_raises(
                exceptions.NoSuchServer,
                r"^There is no server with the name or ID 'web1'\. It may be in a cell that does "
                r'not answer now\.$'):
            self.client.find_server('web1')

    def test_ambiguous_name_raises_even_on_two_pages(self) -> None:
        self.answer_list([SERVER], [{**SERVER, 'id': '8'}])
        with self.assert_raises(
                exceptions.NoSuchServer,
                r"^More than one server is called 'web1': say which by its ID\.$"):
            self.client.find_server('web1')

    def test_refusal_is_no_missing_server(self) -> None:
        self.api.answers[f'/servers/{SERVER["id"]}'] = [
            (503, {'serviceUnavailable': {'message': 'Its cell is down.'}})]
        with self.assert_raises(exceptions.Refused, r'Its cell is down\. \(HTTP 503\)'):
            self.client.find_server(SERVER['id'])
