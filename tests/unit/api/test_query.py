# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import microversion_parse
import pytest
from hypothesis import given
from hypothesis import strategies as st
from webob import exc

from nova_ext.api import query

NOTHING: dict[str, Any] = {'type': 'object', 'properties': {}, 'additionalProperties': False}

SOMETHING: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'limit': {'type': 'array', 'maxItems': 1,
                  'items': {'type': 'string', 'pattern': '^[0-9]+$'}},
        'name': {'type': 'array', 'items': {'type': 'string', 'maxLength': 10}},
    },
    'additionalProperties': False,
}


def explanation(query_string: str, schema: dict[str, Any]) -> str:
    with pytest.raises(exc.HTTPBadRequest) as caught:
        query.parse(query_string, schema)
    return str(caught.value.explanation)


@pytest.mark.parametrize(('query_string', 'expected'), [
    ('', {}),
    ('limit=1', {'limit': ['1']}),
    ('name=a&name=b', {'name': ['a', 'b']}),
    ('name=', {'name': ['']}),
    ('name', {'name': ['']}),
    ('name=a%20b+c', {'name': ['a b c']}),
    ('name=%C3%A9', {'name': ['\xe9']}),
    ('name=%zz', {'name': ['%zz']}),
    ('&&limit=1&', {'limit': ['1']}),
])
def test_every_value_of_every_parameter_is_read(
        query_string: str, expected: dict[str, list[str]]) -> None:
    assert query.parse(query_string, SOMETHING) == expected


def test_an_unknown_parameter_is_named_beside_the_known_ones() -> None:
    assert explanation('limit=1&colour=red', SOMETHING) == (
        "Unknown query parameter 'colour'. Known here: limit, name.")


def test_where_no_parameter_is_known_that_is_said() -> None:
    assert explanation('limit=1', NOTHING) == (
        "Unknown query parameter 'limit'. Known here: none.")


@pytest.mark.parametrize('query_string', ['name=%ff', '%ff=1', 'name=%C3', 'name=%ED%A0%80'])
def test_what_is_not_utf8_is_refused(query_string: str) -> None:
    assert 'cannot be read' in explanation(query_string, SOMETHING)


def test_a_thousand_parameters_are_read_and_one_more_is_refused() -> None:
    assert len(query.parse('&'.join(['name=x'] * 1000), SOMETHING)['name']) == 1000
    assert 'cannot be read' in explanation('&'.join(['name=x'] * 1001), SOMETHING)


@pytest.mark.parametrize('query_string', ['limit=x', 'limit=', 'limit=1&limit=2', 'limit=%00'])
def test_a_value_that_the_schema_does_not_want_is_refused_by_name(query_string: str) -> None:
    assert explanation(query_string, SOMETHING).startswith('Invalid query parameter limit: ')


@pytest.mark.parametrize(('query_string', 'ours', 'rest'), [
    ('', '', ''),
    ('host_status=UP', 'host_status=UP', ''),
    ('limit=1&host_status=UP&marker=%ff', 'host_status=UP', 'limit=1&marker=%ff'),
    ('host_status=UP&a=1&host_status=DOWN', 'host_status=UP&host_status=DOWN', 'a=1'),
    ('host%5Fstatus=UP&host_statusx=1', 'host%5Fstatus=UP', 'host_statusx=1'),
    ('%68ost_status', '%68ost_status', ''),
    ('a=host_status=UP&b=1;host_status=DOWN', '', 'a=host_status=UP&b=1;host_status=DOWN'),
    ('a=%zz&&b=+%20&c&=d&', '', 'a=%zz&&b=+%20&c&=d&'),
    ('&host_status=UP&', 'host_status=UP', '&'),
])
def test_a_query_is_split_by_names_and_the_rest_stays_as_it_is(
        query_string: str, ours: str, rest: str) -> None:
    assert query.split(query_string, {'host_status', 'state'}) == (ours, rest)


@given(parts=st.lists(st.tuples(
    st.sampled_from(['mine', 'm%69ne', 'other', 'MINE', '%ff', '', 'min+e']),
    st.sampled_from(['', '=', '=1', '=%C3%A9', '=mine', '=%ff', '=a=b', '=+;'])).map(''.join)))
def test_no_part_of_a_query_is_lost_or_changed_by_splitting_it(parts: list[str]) -> None:
    ours, rest = query.split('&'.join(parts), {'mine'})
    mine = [part for part in parts if part.partition('=')[0] in ('mine', 'm%69ne')]
    assert ours == '&'.join(mine)
    assert rest == '&'.join(
        part for part in parts or [''] if part not in mine)


@pytest.mark.parametrize(('asked', 'suffix'), [
    ({}, ''), ({'state': ['up']}, '&state=up'),
    ({'state': ['up', 'down'], 'status': ['a b&c']}, '&state=up&state=down&status=a+b%26c'),
])
def test_links_carry_the_query(asked: dict[str, list[str]], suffix: str) -> None:
    links = [{'rel': 'next', 'href': f'http://nova/servers?marker={number}'}
             for number in range(2)]
    query.carry(links, asked)
    assert links == [
        {'rel': 'next', 'href': f'http://nova/servers?marker={number}{suffix}'}
        for number in range(2)]


def test_a_parameter_may_need_a_version() -> None:
    needed = {'state': '1.1', 'far': '1.10'}
    query.check_versions(['limit', 'state'], needed, microversion_parse.Version(1, 1))
    query.check_versions(['state'], needed, microversion_parse.Version(1, 2))
    query.check_versions([], needed, microversion_parse.Version(1, 0))
    with pytest.raises(exc.HTTPBadRequest) as caught:
        query.check_versions(['state'], needed, microversion_parse.Version(1, 0))
    assert caught.value.explanation == (
        "The query parameter 'state' needs nova-ext 1.1; the request is for 1.0.")
    with pytest.raises(exc.HTTPBadRequest, match=r"'far' needs nova-ext 1\.10"):
        query.check_versions(['state', 'far'], needed, microversion_parse.Version(1, 9))


_QUERIES = st.binary().map(lambda raw: raw.decode('latin-1')) | st.text() | st.lists(
    st.sampled_from(['limit', 'name', '=', '&', ';', '%', '%ff', '%C3', '%zz', '+', '1', '']),
).map(''.join)


@given(query_string=_QUERIES)
def test_any_query_is_read_or_refused(query_string: str) -> None:
    try:
        parsed = query.parse(query_string, SOMETHING)
    except exc.HTTPBadRequest as refusal:
        assert refusal.explanation
    else:
        assert set(parsed) <= {'limit', 'name'}
