# SPDX-License-Identifier: Apache-2.0
"""Query parameters that are accepted, refused, passed on or added to links."""

from __future__ import annotations

import types

import ddt
import jsonschema
import microversion_parse
from hypothesis import given
from hypothesis import strategies as st
from webob import exc

from nova_ext.api import query
from tests.unit import base

SOMETHING = query.Schema({
    'type': 'object',
    'properties': {
        'limit': {'type': 'array', 'maxItems': 1,
                  'items': {'type': 'string', 'pattern': '^[0-9]+$'}},
        'name': {'type': 'array', 'items': {'type': 'string', 'maxLength': 10}},
    },
    'additionalProperties': False,
})

#: The versions that parameters need.
NEEDED = {'state': '1.1', 'far': '1.10'}

QUERIES = st.binary().map(lambda raw: raw.decode('latin-1')) | st.text() | st.lists(
    st.sampled_from(['limit', 'name', '=', '&', ';', '%', '%ff', '%C3', '%zz', '+', '1', '']),
).map(''.join)


class TestSchema(base.TestCase):
    def test_schema_is_compiled_once_for_all_queries(self) -> None:
        self.patch(query, 'jsonschema', types.SimpleNamespace(
            exceptions=jsonschema.exceptions, ValidationError=jsonschema.ValidationError))
        self.assertEqual({'name': ['a']}, query.parse('name=a', SOMETHING))
        with self.assert_raises(exc.HTTPBadRequest):
            query.parse('limit=x', SOMETHING)

    def test_what_is_no_schema_is_refused(self) -> None:
        with self.assert_raises(jsonschema.SchemaError):
            query.Schema({'type': 'query', 'properties': {}})


@ddt.ddt
class TestParse(base.TestCase):
    def explain(self, query_string: str, schema: query.Schema) -> str:
        """Return the explanation of why a query is refused."""
        with self.assert_raises(exc.HTTPBadRequest) as caught:
            query.parse(query_string, schema)
        return str(caught.exception.explanation)

    @ddt.data(
        ('', {}),
        ('limit=1', {'limit': ['1']}),
        ('name=a&name=b', {'name': ['a', 'b']}),
        ('name=', {'name': ['']}),
        ('name', {'name': ['']}),
        ('name=a%20b+c', {'name': ['a b c']}),
        ('name=%C3%A9', {'name': ['\xe9']}),
        ('name=%zz', {'name': ['%zz']}),
        ('&&limit=1&', {'limit': ['1']}))
    @ddt.unpack
    def test_all_values_of_all_parameters_are_read(
            self, query_string: str, expected: dict[str, list[str]]) -> None:
        self.assertEqual(expected, query.parse(query_string, SOMETHING))

    @ddt.data(
        ('limit=1&colour=red', SOMETHING,
         "Unknown query parameter 'colour'. Known here: limit, name."),
        ('limit=1', query.NOTHING, "Unknown query parameter 'limit'. Known here: none."))
    @ddt.unpack
    def test_error_for_unknown_parameter_lists_the_known_ones(
            self, query_string: str, schema: query.Schema, expected: str) -> None:
        self.assertEqual(expected, self.explain(query_string, schema))

    @ddt.data('name=%ff', '%ff=1', 'name=%C3', 'name=%ED%A0%80')
    def test_query_that_is_not_utf8_is_refused(self, query_string: str) -> None:
        self.assertIn('cannot be read', self.explain(query_string, SOMETHING))

    def test_more_than_a_thousand_parameters_are_refused(self) -> None:
        self.assertEqual(
            1000, len(query.parse('&'.join(['name=x'] * 1000), SOMETHING)['name']))
        self.assertIn('cannot be read', self.explain('&'.join(['name=x'] * 1001), SOMETHING))

    @ddt.data('limit=x', 'limit=', 'limit=1&limit=2', 'limit=%00')
    def test_error_for_invalid_value_names_the_parameter(self, query_string: str) -> None:
        self.assertTrue(self.explain(query_string, SOMETHING).startswith(
            'Invalid query parameter limit: '))

    @given(query_string=QUERIES)
    def test_any_query_is_read_or_refused(self, query_string: str) -> None:
        try:
            parsed = query.parse(query_string, SOMETHING)
        except exc.HTTPBadRequest as refusal:
            self.assertTrue(refusal.explanation)
        else:
            self.assertLessEqual(set(parsed), {'limit', 'name'})


@ddt.ddt
class TestSplit(base.TestCase):
    @ddt.data(
        ('', '', ''),
        ('host_status=UP', 'host_status=UP', ''),
        ('limit=1&host_status=UP&marker=%ff', 'host_status=UP', 'limit=1&marker=%ff'),
        ('host_status=UP&a=1&host_status=DOWN', 'host_status=UP&host_status=DOWN', 'a=1'),
        ('host%5Fstatus=UP&host_statusx=1', 'host%5Fstatus=UP', 'host_statusx=1'),
        ('%68ost_status', '%68ost_status', ''),
        ('a=host_status=UP&b=1;host_status=DOWN', '', 'a=host_status=UP&b=1;host_status=DOWN'),
        ('a=%zz&&b=+%20&c&=d&', '', 'a=%zz&&b=+%20&c&=d&'),
        ('&host_status=UP&', 'host_status=UP', '&'))
    @ddt.unpack
    def test_query_is_split_by_name_and_the_rest_is_unchanged(
            self, query_string: str, ours: str, rest: str) -> None:
        self.assertEqual((ours, rest), query.split(query_string, {'host_status', 'state'}))

    @given(parts=st.lists(st.tuples(
        st.sampled_from(['mine', 'm%69ne', 'other', 'MINE', '%ff', '', 'min+e']),
        st.sampled_from(['', '=', '=1', '=%C3%A9', '=mine', '=%ff', '=a=b', '=+;']),
    ).map(''.join)))
    def test_no_part_of_the_query_is_lost_or_changed(self, parts: list[str]) -> None:
        ours, rest = query.split('&'.join(parts), {'mine'})
        mine = [part for part in parts if part.partition('=')[0] in ('mine', 'm%69ne')]
        self.assertEqual('&'.join(mine), ours)
        self.assertEqual('&'.join(part for part in parts or [''] if part not in mine), rest)


@ddt.ddt
class TestAddToLinks(base.TestCase):
    @ddt.data(
        ({}, ''), ({'state': ['up']}, '&state=up'),
        ({'state': ['up', 'down'], 'status': ['a b&c']}, '&state=up&state=down&status=a+b%26c'))
    @ddt.unpack
    def test_links_carry_the_query(self, asked: dict[str, list[str]], suffix: str) -> None:
        links = [{'rel': 'next', 'href': f'http://nova/servers?marker={number}'}
                 for number in range(2)]
        query.add_to_links(links, asked)
        self.assertEqual(
            [{'rel': 'next', 'href': f'http://nova/servers?marker={number}{suffix}'}
             for number in range(2)],
            links)


@ddt.ddt
class TestCheckVersions(base.TestCase):
    @ddt.data(('limit state', 1), ('state', 2), ('', 0))
    @ddt.unpack
    def test_parameters_of_the_version_are_accepted(self, names: str, minor: int) -> None:
        query.check_versions(names.split(), NEEDED, microversion_parse.Version(1, minor))

    @ddt.data(
        ('state', 0, "The query parameter 'state' needs nova-ext 1.1; the request is for 1.0."),
        ('state far', 9, "The query parameter 'far' needs nova-ext 1.10; the request is for 1.9."))
    @ddt.unpack
    def test_parameters_of_a_later_version_are_refused(
            self, names: str, minor: int, expected: str) -> None:
        with self.assert_raises(exc.HTTPBadRequest) as caught:
            query.check_versions(
                names.split(), NEEDED, microversion_parse.Version(1, minor))
        self.assertEqual(expected, caught.exception.explanation)
