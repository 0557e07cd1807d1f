# SPDX-License-Identifier: Apache-2.0
"""The version headers of responses."""

from __future__ import annotations

from typing import Any

import ddt
import microversion_parse
from webob import headers as webob_headers

from nova_ext.api import headers
from tests.unit import base

VERSION = microversion_parse.Version(1, 2)
HEADER = 'OpenStack-API-Version'
LEGACY_HEADER = 'X-OpenStack-Nova-API-Version'


@ddt.ddt
class TestHeaders(base.TestCase):
    def announce(self, sent: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the headers of a response to which the version is added."""
        started: list[list[tuple[str, str]]] = []

        def start_response(status: str, response_headers: list[tuple[str, str]]) -> None:
            started.append(response_headers)

        headers.announcing(start_response, VERSION)('200 OK', sent)
        return started[0]

    def test_version_follows_the_compute_version_in_the_same_header(self) -> None:
        response_headers = self.announce([
            (HEADER, 'compute 2.96'), (LEGACY_HEADER, '2.96'), ('Vary', HEADER),
            ('Vary', LEGACY_HEADER)])
        self.assertEqual(
            sorted([(HEADER, 'compute 2.96, nova-ext 1.2'), (LEGACY_HEADER, '2.96'),
                    ('Vary', HEADER), ('Vary', LEGACY_HEADER)]),
            sorted(response_headers))

    def test_headers_are_added_to_a_response_without_compute_version(self) -> None:
        self.assertEqual([(HEADER, 'nova-ext 1.2'), ('Vary', HEADER)], self.announce([]))

    def test_existing_vary_header_is_kept(self) -> None:
        response_headers = self.announce([('Vary', 'Accept')])
        self.assertEqual(
            ['Accept', HEADER], [value for name, value in response_headers if name == 'Vary'])

    def test_header_names_are_not_case_sensitive(self) -> None:
        response_headers = self.announce([(HEADER.lower(), 'compute 2.1')])
        self.assertEqual(
            ['compute 2.1, nova-ext 1.2'],
            [value for name, value in response_headers if name.lower() == HEADER.lower()])

    def test_repeated_and_other_headers_are_unchanged(self) -> None:
        sent = [('Set-Cookie', 'a=1'), ('Set-Cookie', 'b=2'), ('Content-Length', '7')]
        self.assertEqual(list(sent), self.announce(sent)[:3])

    def test_arguments_and_result_of_start_response_are_passed_on(self) -> None:
        error = (ValueError, ValueError('late'), None)

        def start_response(status: str, response_headers: Any, exc_info: Any = None) -> Any:
            return status, exc_info

        start = headers.announcing(start_response, VERSION)
        self.assertEqual(('500 Oops', error), start('500 Oops', [], error))

    @ddt.data('2.1', '2.96')
    def test_compute_version_is_named_as_by_nova(self, version: str) -> None:
        response_headers = webob_headers.ResponseHeaders()
        headers.add_compute_version(response_headers, version)
        self.assertEqual(
            [(HEADER, f'compute {version}'), (LEGACY_HEADER, version), ('Vary', HEADER),
             ('Vary', LEGACY_HEADER)],
            list(response_headers.items()))
