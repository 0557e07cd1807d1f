# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_ext.api import router
from nova_ext.api.controllers import base

UUID = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'
PROJECT = '6f70656e737461636b20342065766572'


def route(method: str, path: str) -> base.Route:
    def answer(request: base.Request) -> dict[str, Any]:
        return {}

    return base.Route(method, path, {}, answer)


DIAGNOSTICS = route('GET', '/servers/{server_id}/diagnostics')
LIST = route('GET', '/servers/detail')
ROOT = route('GET', '/nova-ext')
PARTS = route('GET', '/a/{one}/b/{two}')
TABLE = router.Router([DIAGNOSTICS, LIST, ROOT, PARTS])


def matched(method: str, path: str) -> Optional[base.Route]:
    found = TABLE.match(method, path)
    return found[0] if found else None


@pytest.mark.parametrize('project', [None, PROJECT, UUID])
@pytest.mark.parametrize(('path', 'expected', 'variables'), [
    (f'/servers/{UUID}/diagnostics', DIAGNOSTICS, {'server_id': UUID}),
    ('/servers/not-a-uuid/diagnostics', DIAGNOSTICS, {'server_id': 'not-a-uuid'}),
    ('/servers/detail', LIST, {}),
    ('/nova-ext', ROOT, {}),
    ('/a/1/b/2', PARTS, {'one': '1', 'two': '2'}),
])
def test_an_operation_is_found_with_and_without_the_projects_id(
        project: Optional[str], path: str, expected: base.Route,
        variables: dict[str, str]) -> None:
    if project is None:
        assert TABLE.match('GET', path) == (expected, variables)
    else:
        assert TABLE.match('GET', f'/{project}{path}') == (
            expected, {'project_id': project, **variables})


@pytest.mark.parametrize('method', ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get'])
def test_other_methods_are_novas(method: str) -> None:
    assert matched(method, f'/servers/{UUID}/diagnostics') is None


@pytest.mark.parametrize('path', [
    '', '/', '/servers', f'/servers/{UUID}', f'/servers/{UUID}/diagnostics/',
    f'/servers/{UUID}/diagnostics/more', f'/servers/{UUID}/diagnosticsx', '/servers//diagnostics',
    f'/servers/{UUID}/x/diagnostics', f'/servers/{UUID}/Diagnostics', '/os-servers/1/diagnostics',
    f'servers/{UUID}/diagnostics', f'//servers/{UUID}/diagnostics',
    f'/v2.1/servers/{UUID}/diagnostics', f'/PROJECT/servers/{UUID}/diagnostics',
    f'/{PROJECT}/{PROJECT}/servers/{UUID}/diagnostics', '/nova-ext\n', '/nova-extra',
    '/a/1/b/', '/a//b/2',
])
def test_a_path_that_only_looks_like_an_operation_is_novas(path: str) -> None:
    assert matched('GET', path) is None


def test_characters_that_mean_something_in_patterns_mean_themselves_in_templates() -> None:
    odd = route('GET', '/os-(x)+.json/{id}')
    table = router.Router([odd])
    assert table.match('GET', '/os-(x)+.json/1') == (odd, {'id': '1'})
    assert table.match('GET', '/os-xxajson/1') is None
    assert table.match('GET', '/os-(x)+ajson/1') is None


@pytest.mark.parametrize(('path', 'variables'), [
    ('/things/1f', {'id': '1f'}), ('/things/-', {'id': '-'}),
    ('/7/things/1f', {'project_id': '7', 'id': '1f'}),
    ('/things/detail', None), ('/things/', None), ('/things/1f\n', None), ('/things/1f/x', None),
    ('/things/1{2}', None),
])
def test_a_variable_may_have_a_pattern_of_its_own(
        path: str, variables: Optional[dict[str, str]]) -> None:
    patterned = route('GET', '/things/{id:[0-9a-f-]+}')
    found = router.Router([patterned]).match('GET', path)
    assert found == (None if variables is None else (patterned, variables))


def test_of_two_routes_for_a_path_the_first_is_taken() -> None:
    detail, show = route('GET', '/things/detail'), route('GET', '/things/{id}')
    assert router.Router([detail, show]).match('GET', '/things/detail') == (detail, {})
    assert router.Router([show, detail]).match('GET', '/things/detail') == (
        show, {'id': 'detail'})


@pytest.mark.parametrize(('template', 'expected'), [
    ('/things', '/things'), ('/things/{id}', '/things/{id}'),
    ('/things/{id:[0-9a-f-]+}', '/things/{id}'),
    ('/a/{one:[^/]+}/b/{two}', '/a/{one}/b/{two}'),
])
def test_people_read_a_path_without_its_patterns(template: str, expected: str) -> None:
    assert router.without_patterns(template) == expected


def test_the_same_path_may_have_several_methods() -> None:
    show, create = route('GET', '/things'), route('POST', '/things')
    table = router.Router([show, create])
    assert table.match('GET', '/things') == (show, {})
    assert table.match('POST', '/things') == (create, {})


@given(identity=st.text(min_size=1).filter(lambda text: '/' not in text))
def test_a_variable_is_whatever_stands_between_two_slashes(identity: str) -> None:
    assert TABLE.match('GET', f'/servers/{identity}/diagnostics') == (
        DIAGNOSTICS, {'server_id': identity})
