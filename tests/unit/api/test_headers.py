# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import microversion_parse
import pytest
from webob import headers as webob_headers

from nova_ext.api import headers

VERSION = microversion_parse.Version(1, 2)
HEADER = 'OpenStack-API-Version'


def announced(sent: list[tuple[str, str]]) -> list[tuple[str, str]]:
    seen: list[list[tuple[str, str]]] = []

    def start_response(status: str, response_headers: list[tuple[str, str]]) -> None:
        seen.append(response_headers)

    headers.announcing(start_response, VERSION)('200 OK', sent)
    return seen[0]


def test_the_version_stands_behind_novas_in_the_same_header() -> None:
    answer = announced([
        (HEADER, 'compute 2.96'), ('X-OpenStack-Nova-API-Version', '2.96'), ('Vary', HEADER),
        ('Vary', 'X-OpenStack-Nova-API-Version')])
    assert sorted(answer) == sorted([
        (HEADER, 'compute 2.96, nova-ext 1.2'), ('X-OpenStack-Nova-API-Version', '2.96'),
        ('Vary', HEADER), ('Vary', 'X-OpenStack-Nova-API-Version')])


def test_where_nova_names_no_version_ours_stands_alone_and_caches_are_told() -> None:
    assert announced([]) == [(HEADER, 'nova-ext 1.2'), ('Vary', HEADER)]


def test_another_reason_to_vary_is_kept() -> None:
    answer = announced([('Vary', 'Accept')])
    assert [value for name, value in answer if name == 'Vary'] == ['Accept', HEADER]


def test_headers_are_found_in_any_case() -> None:
    answer = announced([(HEADER.lower(), 'compute 2.1')])
    assert [value for name, value in answer if name.lower() == HEADER.lower()] == [
        'compute 2.1, nova-ext 1.2']


def test_repeated_headers_and_all_others_are_left_as_they_are() -> None:
    sent = [('Set-Cookie', 'a=1'), ('Set-Cookie', 'b=2'), ('Content-Length', '7')]
    assert announced(sent)[:3] == sent


def test_what_starting_a_response_gives_and_takes_is_handed_through() -> None:
    error = (ValueError, ValueError('late'), None)

    def start_response(status: str, response_headers: Any, exc_info: Any = None) -> Any:
        return status, exc_info

    start = headers.announcing(start_response, VERSION)
    assert start('500 Oops', [], error) == ('500 Oops', error)


@pytest.mark.parametrize('version', ['2.1', '2.96'])
def test_the_compute_version_is_named_as_nova_names_it(version: str) -> None:
    response_headers = webob_headers.ResponseHeaders()
    headers.add_compute_version(response_headers, version)
    assert list(response_headers.items()) == [
        (HEADER, f'compute {version}'), ('X-OpenStack-Nova-API-Version', version),
        ('Vary', HEADER), ('Vary', 'X-OpenStack-Nova-API-Version')]
