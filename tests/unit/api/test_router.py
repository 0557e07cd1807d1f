# SPDX-License-Identifier: Apache-2.0
"""Paths that match a route, and those that do not."""

from __future__ import annotations

import itertools
from typing import Any, Optional

import ddt
from hypothesis import given
from hypothesis import strategies as st

from nova_ext.api import query, router
from nova_ext.api.controllers import base as controllers_base
from tests.unit import base

UUID = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'
PROJECT = '6f70656e737461636b20342065766572'


def make_route(method: str, path: str) -> controllers_base.Route:
    def answer(request: controllers_base.Request) -> dict[str, Any]:
        return {}

    return controllers_base.Route(method, path, query.NOTHING, answer)


DIAGNOSTICS = make_route('GET', '/servers/{server_id}/diagnostics')
LIST = make_route('GET', '/servers/detail')
ROOT = make_route('GET', '/nova-ext')
PARTS = make_route('GET', '/a/{one}/b/{two}')
TABLE = router.Router([DIAGNOSTICS, LIST, ROOT, PARTS])


@ddt.ddt
class TestMatch(base.TestCase):
    @ddt.data(*itertools.product((None, PROJECT, UUID), (
        (f'/servers/{UUID}/diagnostics', DIAGNOSTICS, {'server_id': UUID}),
        ('/servers/not-a-uuid/diagnostics', DIAGNOSTICS, {'server_id': 'not-a-uuid'}),
        ('/servers/detail', LIST, {}),
        ('/nova-ext', ROOT, {}),
        ('/a/1/b/2', PARTS, {'one': '1', 'two': '2'}))))
    @ddt.unpack
    def test_operation_is_found_with_and_without_project_id(
            self, project: Optional[str],
            case: tuple[str, controllers_base.Route, dict[str, str]]) -> None:
        path, expected, variables = case
        if project is None:
            self.assertEqual((expected, variables), TABLE.match('GET', path))
        else:
            self.assertEqual(
                (expected, {'project_id': project, **variables}),
                TABLE.match('GET', f'/{project}{path}'))

    @ddt.data('HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get')
    def test_other_methods_do_not_match(self, method: str) -> None:
        self.assertIsNone(TABLE.match(method, f'/servers/{UUID}/diagnostics'))

    @ddt.data(
        '', '/', '/servers', f'/servers/{UUID}', f'/servers/{UUID}/diagnostics/',
        f'/servers/{UUID}/diagnostics/more', f'/servers/{UUID}/diagnosticsx',
        '/servers//diagnostics', f'/servers/{UUID}/x/diagnostics',
        f'/servers/{UUID}/Diagnostics', '/os-servers/1/diagnostics',
        f'servers/{UUID}/diagnostics', f'//servers/{UUID}/diagnostics',
        f'/v2.1/servers/{UUID}/diagnostics', f'/PROJECT/servers/{UUID}/diagnostics',
        f'/{PROJECT}/{PROJECT}/servers/{UUID}/diagnostics', '/nova-ext\n', '/nova-extra',
        '/a/1/b/', '/a//b/2')
    def test_similar_path_does_not_match(self, path: str) -> None:
        self.assertIsNone(TABLE.match('GET', path))

    @given(identity=st.text(min_size=1).filter(lambda text: '/' not in text))
    def test_variable_is_anything_between_two_slashes(self, identity: str) -> None:
        self.assertEqual(
            (DIAGNOSTICS, {'server_id': identity}),
            TABLE.match('GET', f'/servers/{identity}/diagnostics'))

    def test_first_of_two_routes_for_a_path_is_taken(self) -> None:
        detail, show = make_route('GET', '/things/detail'), make_route('GET', '/things/{id}')
        self.assertEqual(
            (detail, {}), router.Router([detail, show]).match('GET', '/things/detail'))
        self.assertEqual(
            (show, {'id': 'detail'}),
            router.Router([show, detail]).match('GET', '/things/detail'))

    def test_path_may_have_several_methods(self) -> None:
        show, create = make_route('GET', '/things'), make_route('POST', '/things')
        table = router.Router([show, create])
        self.assertEqual((show, {}), table.match('GET', '/things'))
        self.assertEqual((create, {}), table.match('POST', '/things'))


@ddt.ddt
class TestTemplates(base.TestCase):
    @ddt.data(
        ('/os-(x)+.json/1', {'id': '1'}), ('/os-xxajson/1', None), ('/os-(x)+ajson/1', None))
    @ddt.unpack
    def test_special_characters_of_patterns_are_literal_in_templates(
            self, path: str, variables: Optional[dict[str, str]]) -> None:
        route = make_route('GET', '/os-(x)+.json/{id}')
        self.assertEqual(
            None if variables is None else (route, variables),
            router.Router([route]).match('GET', path))

    @ddt.data(
        ('/things/1f', {'id': '1f'}), ('/things/-', {'id': '-'}),
        ('/7/things/1f', {'project_id': '7', 'id': '1f'}),
        ('/things/detail', None), ('/things/', None), ('/things/1f\n', None),
        ('/things/1f/x', None), ('/things/1{2}', None))
    @ddt.unpack
    def test_variable_may_have_a_pattern(
            self, path: str, variables: Optional[dict[str, str]]) -> None:
        route = make_route('GET', '/things/{id:[0-9a-f-]+}')
        self.assertEqual(
            None if variables is None else (route, variables),
            router.Router([route]).match('GET', path))

    @ddt.data(
        ('/things', '/things'), ('/things/{id}', '/things/{id}'),
        ('/things/{id:[0-9a-f-]+}', '/things/{id}'),
        ('/a/{one:[^/]+}/b/{two}', '/a/{one}/b/{two}'))
    @ddt.unpack
    def test_patterns_are_removed_for_people(self, template: str, expected: str) -> None:
        self.assertEqual(expected, router.without_patterns(template))
